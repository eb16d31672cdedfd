#version 330

// A strand is a strip of triangles with one vertex per point, to the left and to the right of it in
// turns: a ribbon that faces the camera for half the triangles of the usual one. It is lit here,
// at its points; between them it only shades from one to the next.

const int LAMPS = 4;

uniform mat4 clip_from_world;
uniform vec3 eye_place;
uniform int points_per_strand;
uniform int stride;
uniform float thickening;
uniform float metres_per_pixel;
uniform float least_pixels;
uniform float shine;
uniform float exposure;
uniform vec3 lamp_toward[LAMPS];
uniform vec3 lamp_color[LAMPS];

in vec3 position;
in vec4 tangent;
in float width;
in vec3 albedo;
in vec3 around;
in vec4 lamps_seen;

out vec4 shade;

float noise(int strand) {
    uint bits = uint(strand) * 747796405u + 2891336453u;
    bits = ((bits >> ((bits >> 28u) + 4u)) ^ bits) * 277803737u;
    return float(bits >> 8u) / 16777216.0;
}

void main() {
    vec3 view = normalize(eye_place - position);
    vec3 along = normalize(2.0 * tangent.xyz - 1.0);
    vec3 sideways = cross(along, view);
    sideways /= max(length(sideways), 0.05);
    int point = gl_VertexID % points_per_strand;
    float side = ((point / stride) & 1) == 0 ? -0.5 : 0.5;
    float drawn = max(width * thickening, least_pixels * metres_per_pixel);
    gl_Position = clip_from_world * vec4(position + side * drawn * sideways, 1.0);

    // After Kajiya & Kay 1989; the highlight in two, one white toward the root and one of the
    // hair's own colour toward the tip, and light that shines through (Marschner et al. 2003).
    float uneven = 0.10 * (noise(gl_VertexID / points_per_strand) - 0.5);
    float along_view = dot(along, view);
    float across_view = sqrt(max(1.0 - along_view * along_view, 0.0));
    vec3 light = albedo * around;
    for (int i = 0; i < LAMPS; ++i) {
        float along_lamp = dot(along, lamp_toward[i]);
        float across = sqrt(max(1.0 - along_lamp * along_lamp, 0.0));
        float first = across * across_view - (along_lamp + 0.10 + uneven) * along_view;
        float second = across * across_view - (along_lamp - 0.14 + uneven) * along_view;
        float white = pow(max(first, 0.0), 48.0);
        float tinted = pow(max(second, 0.0), 12.0);
        float behind = max(-dot(view, lamp_toward[i]), 0.0);
        vec3 through = sqrt(albedo) * albedo * (behind * behind * behind * 1.6);
        vec3 body = albedo * (0.62 * across) + through * across;
        vec3 glints = shine * (0.050 * white + 0.85 * albedo * tinted);
        light += lamp_color[i] * lamps_seen[i] * (body + glints);
    }
    shade = vec4(exposure * light, min(width * thickening / drawn, 1.0));
}
