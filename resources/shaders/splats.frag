#version 330

flat in vec2 centre;
flat in vec3 conic;
flat in vec4 color_opacity;
flat in float depth;

layout(location = 0) out vec4 premultiplied;
#ifdef WITH_DEPTH
// Depth times weight, and the weight; the last component is the blending factor.
layout(location = 1) out vec4 weighted_depth;
#endif

void main() {
    // From the pixel's exact centre, not interpolated from the corners, which are snapped.
    vec2 d = gl_FragCoord.xy - centre;
    float sigma = 0.5 * (conic.x * d.x * d.x + conic.z * d.y * d.y) + conic.y * d.x * d.y;
    float alpha = min(ALPHA_MAX, color_opacity.a * exp(-sigma));
    if (sigma < 0.0 || alpha < ALPHA_MIN) {
        discard;
    }
    premultiplied = vec4(color_opacity.rgb * alpha, alpha);
#ifdef WITH_DEPTH
    weighted_depth = vec4(depth * alpha, alpha, 0.0, alpha);
#endif
}
