#version 330

// Averages the samples of each pixel and puts them before the backdrop: a room where ROOM is
// defined, else a colour. There are SUPERSAMPLING samples a side of a pixel.

uniform sampler2D samples;
uniform sampler2D depths;
uniform float near;
uniform float far;
uniform vec3 backdrop;
uniform vec3 camera_place;
uniform mat3 world_from_camera;
uniform vec4 lens;

layout(location = 0) out vec4 picture;
layout(location = 1) out float depth;

const int MARGIN = SUPERSAMPLING / 2;

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

#ifdef ROOM
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
#endif

float stored(ivec2 at) {
    return texelFetch(depths, clamp(at, ivec2(0), textureSize(depths, 0) - 1), 0).r;
}

// How deep a pixel's samples and those up to `reach` beside them are, metres; 0 where nothing is:
// the mean depth of what lies with the nearest, no mixture of a nose and a cheek. So close
// together, depths are averaged as they are stored.
float depth_around(ivec2 first, int reach) {
    float nearest = 1.0;
    for (int y = -reach; y < SUPERSAMPLING + reach; ++y) {
        for (int x = -reach; x < SUPERSAMPLING + reach; ++x) {
            nearest = min(nearest, stored(first + ivec2(x, y)));
        }
    }
    float limit = (far + near - 2.0 * far * near / (metres(nearest) + 0.006)) / (far - near);
    limit = min(0.5 * limit + 0.5, 1.0);
    vec2 together = vec2(0.0);
    for (int y = -reach; y < SUPERSAMPLING + reach; ++y) {
        for (int x = -reach; x < SUPERSAMPLING + reach; ++x) {
            float held = stored(first + ivec2(x, y));
            together += held < limit ? vec2(held, 1.0) : vec2(0.0);
        }
    }
    return nearest < 1.0 ? metres(together.x / max(together.y, 1.0)) : 0.0;
}

void main() {
    // A tent as wide as two pixels: what is finer than a pixel, hair above all, would flicker from
    // view to view through a box. Samples are taken in pairs, between which the texture blends.
    ivec2 first = ivec2(gl_FragCoord.xy) * SUPERSAMPLING;
    vec2 texel = 1.0 / vec2(textureSize(samples, 0));
    float middle = 0.5 * float(SUPERSAMPLING - 1);
    vec4 sum = vec4(0.0);
    float weights = 0.0;
    for (int y = -MARGIN; y < SUPERSAMPLING + MARGIN; y += 2) {
        for (int x = -MARGIN; x < SUPERSAMPLING + MARGIN; x += 2) {
            vec2 off = vec2(x, y) - middle;
            vec2 one = 1.0 - abs(off) / float(SUPERSAMPLING);
            vec2 next = max(1.0 - abs(off + 1.0) / float(SUPERSAMPLING), 0.0);
            vec2 both = one + next;
            vec2 place = vec2(first) + vec2(x, y) + 0.5 + next / both;
            sum += both.x * both.y * textureLod(samples, place * texel, 0.0);
            weights += both.x * both.y;
        }
    }
    sum /= weights;

    depth = depth_around(first, 0);
    // At the rim only neighbours' samples may be covered: what is seen of the person has a depth.
    // A loop that seldom runs: software drivers take both sides of a branch.
    for (int more = 0; more < MARGIN && depth == 0.0 && sum.a > 0.0; more = MARGIN) {
        depth = depth_around(first, MARGIN);
    }

    vec3 behind = backdrop;
#ifdef ROOM
    vec2 plane = (gl_FragCoord.xy - lens.zw) / lens.xy;
    behind = stage(normalize(world_from_camera * vec3(plane, 1.0)));
#endif
    picture = vec4(encoded(sum.rgb + (1.0 - sum.a) * behind), sum.a);
}
