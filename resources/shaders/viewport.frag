#version 330

// Shows the pictures of A and B: one of them, side by side, wiped, or their difference. Pictures
// hold sRGB bytes; coordinates are device pixels from the top left corner of the viewport.

const int SINGLE = 0;
const int SIDE = 1;
const int WIPE = 2;
const int DIFFERENCE = 3;
const int RELATIVE = 4;

uniform sampler2D picture_a;
uniform sampler2D picture_b;
uniform int mode;
uniform bool only_b;
uniform vec4 rect_a;  // left, top, width, height of the whole picture
uniform vec4 rect_b;
uniform vec2 viewport;
uniform float split;        // column of the wipe's edge or of the border between the halves
uniform float line_width;   // of that edge, device pixels
uniform float exposure;     // factor on linear light
uniform float gain;         // factor on differences
uniform vec3 background;

out vec4 colour;

vec3 linear_from_srgb(vec3 srgb) {
    return mix(srgb / 12.92, pow((srgb + 0.055) / 1.055, vec3(2.4)), step(0.04045, srgb));
}

vec3 srgb_from_linear(vec3 light) {
    vec3 curve = 1.055 * pow(max(light, 0.0), vec3(1.0 / 2.4)) - 0.055;
    return mix(light * 12.92, curve, step(0.0031308, light));
}

vec3 exposed(vec3 srgb) {
    return exposure == 1.0 ? srgb : srgb_from_linear(linear_from_srgb(srgb) * exposure);
}

vec3 picture(sampler2D source, vec4 rect, vec2 place) {
    vec2 uv = (place - rect.xy) / rect.zw;
    bool inside = all(greaterThanEqual(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)));
    return inside ? exposed(texture(source, uv).rgb) : background;
}

// Dark to bright through blue, red and yellow: black where A and B agree.
vec3 heat(float value) {
    vec3 stops = clamp(vec3(value * 3.0 - 0.6, value * 3.0 - 1.6, value * 3.4), 0.0, 1.0);
    float cooling = clamp(value * 3.0 - 1.0, 0.0, 1.0) * (1.0 - clamp(value * 3.0 - 2.0, 0.0, 1.0));
    return vec3(stops.r, stops.g, clamp(stops.b - 1.2 * cooling, 0.0, 1.0));
}

// The wipe's handle: a capsule in the middle of the edge.
float capsule(vec2 place, float unit) {
    vec2 offset = place - vec2(split, viewport.y / 2.0);
    offset.y = max(abs(offset.y) - 9.0 * unit, 0.0);
    return length(offset) - 7.0 * unit;
}

void main() {
    vec2 place = vec2(gl_FragCoord.x, viewport.y - gl_FragCoord.y);
    vec3 result;
    if (mode == SINGLE) {
        result = only_b ? picture(picture_b, rect_b, place) : picture(picture_a, rect_a, place);
    } else if (mode == SIDE || mode == WIPE) {
        bool left = place.x < split && !(only_b && mode == WIPE);
        result = left ? picture(picture_a, rect_a, place) : picture(picture_b, rect_b, place);
    } else {
        vec3 a = picture(picture_a, rect_a, place);
        vec3 b = picture(picture_b, rect_b, place);
        vec3 error = abs(a - b);
        if (mode == RELATIVE) {
            error /= max(b, vec3(0.02));
            result = heat(clamp(dot(error, vec3(1.0 / 3.0)) * gain * 0.25, 0.0, 1.0));
        } else {
            result = clamp(error * gain, 0.0, 1.0);
        }
    }
    if ((mode == SIDE || mode == WIPE) && !only_b) {
        float edge = abs(place.x - split);
        if (mode == SIDE) {
            result = mix(result, vec3(0.165, 0.176, 0.2), step(edge, line_width / 2.0));
        } else {
            float unit = line_width;
            result *= 1.0 - 0.35 * exp(-edge / (2.0 * unit)) * step(line_width / 2.0, edge);
            result = mix(result, vec3(0.93), step(edge, line_width / 2.0));
            float handle = capsule(place, unit);
            result *= 1.0 - 0.4 * exp(-max(handle, 0.0) / (3.0 * unit)) * step(0.0, handle);
            result = mix(vec3(0.93), result, smoothstep(-0.5, 0.5, handle));
        }
    }
    colour = vec4(result, 1.0);
}
