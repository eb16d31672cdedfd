#version 330

// Puts the accumulated splats over the background and separates what a frame consists of.

uniform sampler2D premultiplied;
uniform vec3 background;
#ifdef WITH_DEPTH
uniform sampler2D weighted_depth;
#endif

layout(location = 0) out vec4 picture;
layout(location = 1) out float coverage;
#ifdef WITH_DEPTH
layout(location = 2) out float expected_depth;
#endif

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 splats = texelFetch(premultiplied, pixel, 0);
    picture = vec4(splats.rgb + (1.0 - splats.a) * background, 1.0);
    coverage = splats.a;
#ifdef WITH_DEPTH
    vec2 sums = texelFetch(weighted_depth, pixel, 0).xy;
    expected_depth = sums.y > 0.0 ? sums.x / sums.y : 0.0;
#endif
}
