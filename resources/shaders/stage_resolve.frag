#version 330

// Develops the samples of each pixel like film, averages them and puts them before the backdrop.

uniform sampler2D samples;
uniform sampler2D depths;
uniform int supersampling;
uniform float near;
uniform float far;
uniform bool room;
uniform vec3 backdrop;
uniform vec3 camera_place;
uniform mat3 world_from_camera;
uniform vec4 lens;

layout(location = 0) out vec4 picture;
layout(location = 1) out float depth;

const float SHOULDER = 0.60;

// Straight up to the shoulder, then toward white without ever clipping.
vec3 developed(vec3 light) {
    vec3 over = max(light - SHOULDER, 0.0);
    return min(light, SHOULDER) + (1.0 - SHOULDER) * over / (over + (1.0 - SHOULDER));
}

// What a depth buffer holds, in metres along the view axis.
float metres(float stored) {
    return 2.0 * far * near / (far + near - (2.0 * stored - 1.0) * (far - near));
}

vec3 encoded(vec3 linear) {
    vec3 curve = 1.055 * pow(max(linear, 1e-6), vec3(1.0 / 2.4)) - 0.055;
    return mix(curve, 12.92 * linear, vec3(lessThanEqual(linear, vec3(0.0031308))));
}

float panel(vec2 at, vec2 half_size, float edge) {
    vec2 inside = smoothstep(half_size + edge, half_size - edge, abs(at));
    return inside.x * inside.y;
}

// A dark stage: struts, panels of light between them and the glint of a lens on each crossing,
// on a ball three metres around the head, out of focus.
vec3 stage(vec3 ray) {
    float b = dot(camera_place, ray);
    float reach = -b + sqrt(max(b * b - dot(camera_place, camera_place) + 9.0, 0.0));
    vec3 spot = normalize(camera_place + reach * ray);
    float turn = atan(spot.x, spot.z) / 3.14159265;
    float lift = asin(clamp(spot.y, -1.0, 1.0)) / 1.57079633;
    vec2 cell = vec2(turn * 10.0, lift * 4.5);
    vec2 at = fract(cell) - 0.5;
    vec2 number = floor(cell);
    float lot = fract(sin(dot(number, vec2(12.9898, 78.233))) * 43758.5453);
    vec3 wall = mix(vec3(0.012, 0.013, 0.015), vec3(0.045, 0.047, 0.052), 0.5 + 0.5 * spot.y);
    float strut = max(smoothstep(0.44, 0.48, abs(at.x)), smoothstep(0.43, 0.47, abs(at.y)));
    wall = mix(wall, vec3(0.075, 0.077, 0.082), 0.8 * strut);
    float lit = panel(at, vec2(0.30, 0.30), 0.05) * step(0.60, lot);
    wall = mix(wall, vec3(0.80, 0.79, 0.77) * (0.55 + 0.45 * lot), lit);
    float lens_ring = smoothstep(0.17, 0.12, length(at * vec2(1.0, 1.0))) * step(lot, 0.35);
    wall = mix(wall, vec3(0.02), lens_ring);
    wall += vec3(0.10, 0.11, 0.14) * smoothstep(0.05, 0.02, length(at - 0.04)) * step(lot, 0.35);
    return wall;
}

// The nearest stored depth among a pixel's samples and those up to `reach` beside them.
float nearest_of(ivec2 first, ivec2 last, int reach) {
    float nearest = 1.0;
    for (int y = -reach; y < supersampling + reach; ++y) {
        for (int x = -reach; x < supersampling + reach; ++x) {
            ivec2 at = clamp(first + ivec2(x, y), ivec2(0), last);
            nearest = min(nearest, texelFetch(depths, at, 0).r);
        }
    }
    return nearest;
}

void main() {
    // A tent as wide as two pixels: what is finer than a pixel, hair above all, would flicker from
    // view to view through a box.
    ivec2 first = ivec2(gl_FragCoord.xy) * supersampling;
    ivec2 last = textureSize(samples, 0) - 1;
    float middle = 0.5 * float(supersampling - 1);
    vec4 sum = vec4(0.0);
    float weights = 0.0;
    int margin = supersampling / 2;
    for (int y = -margin; y < supersampling + margin; ++y) {
        for (int x = -margin; x < supersampling + margin; ++x) {
            vec2 off = abs(vec2(x, y) - middle) / float(supersampling);
            float weight = (1.0 - off.x) * (1.0 - off.y);
            vec4 taken = texelFetch(samples, clamp(first + ivec2(x, y), ivec2(0), last), 0);
            float cover = clamp(taken.a, 0.0, 1.0);
            vec3 light = taken.rgb / max(taken.a, 1e-3);
            sum += weight * vec4(developed(light) * cover, cover);
            weights += weight;
        }
    }
    sum /= weights;
    // At the rim only neighbours' samples may be covered: what is seen of the person has a depth.
    int reach = 0;
    float nearest = nearest_of(first, last, reach);
    if (nearest == 1.0 && sum.a > 0.0) {
        reach = margin;
        nearest = nearest_of(first, last, reach);
    }

    // The mean depth of what lies with the nearest sample: no mixture of a nose and a cheek. So
    // close together, depths are averaged as they are stored.
    float front = metres(nearest);
    float limit = (far + near - 2.0 * far * near / (front + 0.006)) / (far - near) * 0.5 + 0.5;
    vec2 together = vec2(0.0);
    for (int y = -reach; y < supersampling + reach; ++y) {
        for (int x = -reach; x < supersampling + reach; ++x) {
            float stored = texelFetch(depths, clamp(first + ivec2(x, y), ivec2(0), last), 0).r;
            together += stored < min(limit, 1.0) ? vec2(stored, 1.0) : vec2(0.0);
        }
    }
    depth = nearest < 1.0 ? metres(together.x / max(together.y, 1.0)) : 0.0;

    vec3 behind = backdrop;
    if (room && sum.a < 1.0) {
        vec2 plane = (gl_FragCoord.xy - lens.zw) / lens.xy;
        behind = stage(normalize(world_from_camera * vec3(plane, 1.0)));
    }
    picture = vec4(encoded(sum.rgb + (1.0 - sum.a) * behind), sum.a);
}
