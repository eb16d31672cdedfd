#version 330

// Skin, eyes, teeth and what is wet in the mouth, cloth: one of SKIN, EYE, WET, CLOTH is defined.
// Colours are linear; a lamp's colour is what a white wall that faces it reflects.

const int LAMPS = 4;
const float PI = 3.14159265;

uniform sampler2D albedo_map;
uniform sampler2D surface_map;
uniform sampler2D normal_map;
uniform bool rough_normals;
uniform vec3 eye_place;
uniform vec3 zenith;
uniform vec3 horizon;
uniform vec3 nadir;
uniform vec3 lamp_right[LAMPS];
uniform vec3 lamp_top[LAMPS];
uniform vec3 lamp_toward[LAMPS];
uniform vec2 lamp_half[LAMPS];
uniform vec3 lamp_color[LAMPS];
uniform vec3 lamp_radiance[LAMPS];
uniform float exposure;
#ifdef EYE
uniform vec3 ball_middle;
uniform vec3 ball_axis;
uniform float ball_radius;
#endif

in vec3 place;
in vec3 outward;
in vec2 coordinates;
in vec3 light_around;
in vec3 light_lean;
in vec4 light_lamps;

layout(location = 0) out vec4 color;

const float SHOULDER = 0.60;

// Like film: straight up to the shoulder, then toward white without ever clipping. Here, before
// samples are averaged, or a highlight smaller than a pixel would outshine the pixel.
vec3 developed(vec3 light) {
    vec3 over = max(light - SHOULDER, 0.0);
    return min(light, SHOULDER) + (1.0 - SHOULDER) * over / (over + (1.0 - SHOULDER));
}

vec3 surround(vec3 direction) {
    float up = direction.y;
    return horizon + max(up, 0.0) * (zenith - horizon) + max(-up, 0.0) * (nadir - horizon);
}

// The inverse of the texture's mapping at this place: where u and v grow.
void tangents(vec3 normal, vec2 uv, out vec3 along_u, out vec3 along_v) {
    vec3 place_x = dFdx(place), place_y = dFdy(place);
    vec2 uv_x = dFdx(uv), uv_y = dFdy(uv);
    float turn = uv_x.x * uv_y.y - uv_x.y * uv_y.x < 0.0 ? -1.0 : 1.0;
    along_u = turn * (place_x * uv_y.y - place_y * uv_x.y);
    along_v = turn * (place_y * uv_x.x - place_x * uv_y.x);
    along_u = normalize(along_u - normal * dot(normal, along_u) + 1e-12);
    along_v = normalize(along_v - normal * dot(normal, along_v) + 1e-12);
}

#ifdef SHARP
uniform sampler2DShadow shadow_map;
uniform mat4 shadow_from_world;
uniform float shadow_texel;

float sharp(vec3 normal) {
    vec3 spot = (shadow_from_world * vec4(place + 0.0012 * normal, 1.0)).xyz * 0.5 + 0.5;
    float lit = 0.0;
    for (int y = -1; y <= 1; ++y) {
        for (int x = -1; x <= 1; ++x) {
            lit += texture(shadow_map, spot + vec3(vec2(x, y) * shadow_texel * 1.4, -0.0012));
        }
    }
    return lit / 9.0;
}
#endif

// GGX with Smith's visibility (Walter et al. 2007), without Fresnel.
float gloss(float alpha, float nh, float nl, float nv) {
    float a2 = alpha * alpha;
    float d = nh * nh * (a2 - 1.0) + 1.0;
    float k = 0.5 * alpha;
    return a2 / (PI * d * d) * 0.25 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
}

float fresnel(float f0, float cosine) {
    float rest = 1.0 - cosine;
    float squared = rest * rest;
    return f0 + (1.0 - f0) * squared * squared * rest;
}

#ifdef EYE
// What a mirror shows in a direction: the room, and the panels with soft edges.
vec3 mirrored(vec3 direction, vec4 seen) {
    vec3 light = surround(direction) * 0.55;
    for (int i = 0; i < LAMPS; ++i) {
        vec3 local = vec3(dot(direction, lamp_right[i]), dot(direction, lamp_top[i]),
                          dot(direction, lamp_toward[i]));
        vec2 half_size = max(lamp_half[i], vec2(0.06));
        vec2 off = abs(local.xy / max(local.z, 1e-3)) / half_size;
        vec2 inside = smoothstep(1.12, 0.88, off);
        float share = local.z > 0.0 ? inside.x * inside.y : 0.0;
        // Panels of a studio are smaller and brighter than the soft light they stand for.
        light += share * seen[i] * min(6.0 * lamp_radiance[i], vec3(40.0));
    }
    return light;
}
#endif

void main() {
    vec3 smooth_normal = normalize(outward);
    vec3 view = normalize(eye_place - place);
    vec2 uv = coordinates;
    vec3 normal = smooth_normal;
#ifdef EYE
    // The cornea is a smaller ball that stands out of the white; the iris lies flat below it, and
    // is seen through it where refraction takes the eye's ray.
    vec3 from_middle = (place - ball_middle) / ball_radius;
    float forward = dot(normalize(from_middle), ball_axis);
    float limbus = smoothstep(0.895, 0.93, forward);
    vec3 cornea = normalize(from_middle - 0.42 * ball_axis);
    vec3 gloss_normal = normalize(mix(smooth_normal, cornea, limbus));
    vec3 along_u, along_v;
    tangents(smooth_normal, uv, along_u, along_v);
    vec3 bent = refract(-view, gloss_normal, 1.0 / 1.376);
    float below = ball_radius * 0.24 * smoothstep(0.895, 0.995, forward);
    vec3 shift = bent * (below / max(-dot(bent, ball_axis), 0.35));
    shift -= ball_axis * dot(shift, ball_axis);
    // From metres on the ball to its coordinates, through their derivatives on the screen.
    vec3 place_x = dFdx(place), place_y = dFdy(place);
    float xx = dot(place_x, place_x), xy = dot(place_x, place_y), yy = dot(place_y, place_y);
    vec2 sides = vec2(dot(shift, place_x), dot(shift, place_y));
    float det = xx * yy - xy * xy;
    vec2 pixels = det > 1e-3 * xx * yy
        ? vec2(yy * sides.x - xy * sides.y, xx * sides.y - xy * sides.x) / det : vec2(0.0);
    vec2 shifted = dFdx(uv) * pixels.x + dFdy(uv) * pixels.y;
    uv += shifted * limbus;
#endif
    vec2 spot = vec2(uv.x, 1.0 - uv.y);
    vec3 albedo = texture(albedo_map, spot).rgb;
    vec4 surface = texture(surface_map, spot);
    float roughness = max(surface.r, 0.08);
    float shine = surface.g;
    float scattering = surface.b;
    float cavity = surface.a;
#ifndef EYE
    if (rough_normals) {
        vec3 along_u, along_v;
        tangents(smooth_normal, uv, along_u, along_v);
        vec3 local = texture(normal_map, spot).rgb * 2.0 - 1.0;
        // What a texel averages away of the relief comes back as roughness (Toksvig 2005).
        float strength = clamp(dot(local, local), 0.25, 1.0);
        roughness = min(1.0, sqrt(roughness * roughness + 0.5 * (1.0 / strength - 1.0)));
        normal = normalize(local.x * along_u + local.y * along_v + local.z * smooth_normal);
    }
    vec3 gloss_normal = normal;
#endif
    float nv = max(abs(dot(gloss_normal, view)), 0.03);
    vec4 seen = light_lamps;
#ifdef SHARP
    seen.x = sharp(smooth_normal);
#endif

#ifdef SKIN
    vec3 wrap = scattering * vec3(0.42, 0.19, 0.12);
    vec3 blur = scattering * vec3(0.75, 0.42, 0.30);
    float f0 = 0.072 * shine;
#elif defined(WET)
    vec3 wrap = scattering * vec3(0.45, 0.35, 0.30);
    vec3 blur = vec3(0.3) * scattering;
    float f0 = 0.07 * shine;
#elif defined(EYE)
    vec3 wrap = vec3(0.32, 0.22, 0.20);
    vec3 blur = vec3(0.0);
    float f0 = 0.025;
#else
    vec3 wrap = vec3(0.10);
    vec3 blur = vec3(0.0);
    float f0 = 0.04 * shine;
#endif

    // From all sides: gathered for the smooth surface, then turned with the relief.
    float turned = 1.0 + dot(light_lean, normal - smooth_normal);
    vec3 soft = light_around * max(mix(vec3(turned), vec3(1.0), blur), 0.0) * cavity;
    vec3 diffuse = soft;
    vec3 specular = vec3(0.0);
    for (int i = 0; i < LAMPS; ++i) {
        vec3 toward = lamp_toward[i];
        float smooth_nl = dot(smooth_normal, toward);
        float nl = dot(normal, toward);
        // Red light wanders farthest under the skin: it rounds the relief and the shadow's edge.
        vec3 bent_nl = mix(vec3(nl), vec3(smooth_nl), blur);
        vec3 wrapped = max(bent_nl + wrap, 0.0) / ((1.0 + wrap) * (1.0 + wrap));
        vec3 shadow = mix(vec3(seen[i]), vec3(sqrt(seen[i])), wrap);
        diffuse += lamp_color[i] * wrapped * shadow * mix(1.0, cavity, 0.6);
#ifndef EYE
        vec3 halfway = normalize(toward + view);
        float nh = max(dot(normal, halfway), 0.0);
        float lit = max(nl, 0.0);
        float spread = 0.2 * (lamp_half[i].x + lamp_half[i].y);
        float broad = min(roughness * roughness + spread, 1.0);
        float tight = min(0.36 * roughness * roughness + spread, 1.0);
        float lobes = mix(gloss(broad, nh, lit, nv), gloss(tight, nh, lit, nv), 0.25);
        float reflected = fresnel(f0, max(dot(view, halfway), 0.0));
        specular += lamp_color[i] * (PI * lobes * reflected * lit * seen[i]);
#endif
    }

#ifdef EYE
    // Light gathers on the far side of the iris, behind the cornea.
    float high = smooth_normal.y - ball_axis.y;
    float glow = 1.0 - limbus * 0.35 * clamp(high * 3.0, -1.0, 1.0);
    // The upper lid's lashes shade what is below them.
    float lashes = 1.0 - 0.40 * smoothstep(0.02, 0.34, high);
    diffuse *= 0.92 * glow * lashes;
    float openness = clamp(dot(light_around, vec3(0.8)), 0.0, 1.0);
    vec3 mirror = reflect(-view, gloss_normal);
    specular = mirrored(mirror, seen) * fresnel(f0, nv) * mix(0.55, 1.0, limbus) * openness;
#else
    vec3 mirror = reflect(-view, normal);
    // Rough surfaces gloss less toward the rim than Schlick's smooth ones (Karis 2013).
    float rim = pow(2.0, -9.28 * nv) * (1.0 - roughness) * 0.6;
    float reflected_around = f0 * (1.0 - 0.5 * roughness) + rim * shine * 0.5;
    float free = clamp(dot(light_around, vec3(1.0)), 0.0, 1.0);
    specular += surround(mirror) * reflected_around * free * cavity;
    specular *= mix(cavity, 1.0, 0.25);
#endif
#ifdef CLOTH
    // Fuzz: loose fibres catch the light along the rim.
    float fuzz = pow(1.0 - nv, 3.0);
    diffuse *= 1.0 + 0.55 * fuzz;
#endif
    color = vec4(developed(exposure * (albedo * diffuse + specular)), 1.0);
}
