#version 330

// Shows the pictures of A and B: one of them, side by side, wiped, or their difference. Pictures
// hold sRGB bytes; coordinates are device pixels from the top left corner of the viewport.
//
// Compiled once for each way of comparing: software OpenGL runs every branch for every pixel, and
// plain pictures must not pay for heat maps.
// MODE: 0 A, 1 B, 2 side by side, 3 wipe, 4 difference, 5 relative difference.
#ifndef MODE
#define MODE 0
#define EXPOSED 0
#endif

uniform sampler2D picture_a;
uniform sampler2D picture_b;
uniform vec4 rect_a;  // left, top, width, height of the whole picture
uniform vec4 rect_b;
uniform vec2 viewport;
uniform float split;        // column of the wipe's edge or of the border between the halves
uniform float line_width;   // of that edge, device pixels
uniform float exposure;     // factor on linear light
uniform float gain;         // factor on differences
uniform vec3 background;

out vec4 colour;

#if EXPOSED
vec3 exposed(vec3 srgb) {
    vec3 curve = pow((srgb + 0.055) / 1.055, vec3(2.4));
    vec3 light = exposure * mix(srgb / 12.92, curve, step(0.04045, srgb));
    return mix(light * 12.92, 1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, light));
}
#else
vec3 exposed(vec3 srgb) {
    return srgb;
}
#endif

vec3 picture(sampler2D source, vec4 rect, vec2 place) {
    vec2 uv = (place - rect.xy) / rect.zw;
    bool inside = all(greaterThanEqual(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)));
    return inside ? exposed(texture(source, uv).rgb) : background;
}

#if MODE == 5
// Black where A and B agree, then blue, red, yellow, white.
vec3 heat(float value) {
    vec3 ramp = clamp(vec3(value * 3.0 - 0.6, value * 3.0 - 1.6, value * 3.4), 0.0, 1.0);
    float cooling = clamp(value * 3.0 - 1.0, 0.0, 1.0) * (1.0 - clamp(value * 3.0 - 2.0, 0.0, 1.0));
    return vec3(ramp.r, ramp.g, clamp(ramp.b - 1.2 * cooling, 0.0, 1.0));
}
#endif

#if MODE == 3
// The wipe's edge with its shadow, and its handle: a capsule in the middle.
vec3 with_edge(vec3 below, vec2 place) {
    float unit = line_width;
    float edge = abs(place.x - split);
    if (edge > 32.0 * unit) {
        return below;
    }
    vec3 result = below;
    result *= 1.0 - 0.35 * exp(-edge / (2.0 * unit)) * step(unit / 2.0, edge);
    result = mix(result, vec3(0.93), step(edge, unit / 2.0));
    vec2 offset = place - vec2(split, viewport.y / 2.0);
    offset.y = max(abs(offset.y) - 9.0 * unit, 0.0);
    float handle = length(offset) - 7.0 * unit;
    result *= 1.0 - 0.4 * exp(-max(handle, 0.0) / (3.0 * unit)) * step(0.0, handle);
    return mix(vec3(0.93), result, smoothstep(-0.5, 0.5, handle));
}
#endif

void main() {
    vec2 place = vec2(gl_FragCoord.x, viewport.y - gl_FragCoord.y);
#if MODE == 0
    vec3 result = picture(picture_a, rect_a, place);
#elif MODE == 1
    vec3 result = picture(picture_b, rect_b, place);
#elif MODE == 2
    vec3 result = place.x < split ? picture(picture_a, rect_a, place)
                                  : picture(picture_b, rect_b, place);
    result = mix(result, vec3(0.165, 0.176, 0.2), step(abs(place.x - split), line_width / 2.0));
#elif MODE == 3
    vec3 result = place.x < split ? picture(picture_a, rect_a, place)
                                  : picture(picture_b, rect_b, place);
    result = with_edge(result, place);
#else
    vec3 a = picture(picture_a, rect_a, place);
    vec3 b = picture(picture_b, rect_b, place);
#if MODE == 4
    vec3 result = clamp(abs(a - b) * gain, 0.0, 1.0);
#else
    vec3 error = abs(a - b) / max(b, vec3(0.02));
    vec3 result = heat(clamp(dot(error, vec3(1.0 / 3.0)) * gain * 0.25, 0.0, 1.0));
#endif
#endif
    colour = vec4(result, 1.0);
}
