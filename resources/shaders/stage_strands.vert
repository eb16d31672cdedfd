#version 330

// A strand is a ribbon that faces the camera: a strip of triangles with two vertices per point. It
// is lit here, at its points; between them it only shades from one to the next.

const int LAMPS = 4;

uniform mat4 clip_from_world;
uniform vec3 eye_place;
uniform float thickening;
uniform float metres_per_pixel;
uniform float least_pixels;
uniform float shine;
uniform bool is_hair;
uniform float exposure;
uniform vec3 lamp_toward[LAMPS];
uniform vec3 lamp_color[LAMPS];

in vec3 position;
in vec4 tangent;
in float width;
in vec3 albedo;
in vec3 around;
in vec4 lamps_seen;
in vec4 course;

out vec4 shade;

const float SHOULDER = 0.60;

// As surfaces are; with a dozen points to a strand it makes no difference that it is done here.
vec3 developed(vec3 light) {
    vec3 over = max(light - SHOULDER, 0.0);
    return min(light, SHOULDER) + (1.0 - SHOULDER) * over / (over + (1.0 - SHOULDER));
}

void main() {
    vec3 view = normalize(eye_place - position);
    vec3 along = normalize(2.0 * tangent.xyz - 1.0);
    vec3 sideways = cross(along, view);
    sideways /= max(length(sideways), 0.05);
    float drawn = max(width * thickening, least_pixels * metres_per_pixel);
    gl_Position = clip_from_world * vec4(position + (tangent.w - 0.5) * drawn * sideways, 1.0);

    // After Kajiya & Kay 1989; the highlight in two, one white toward the root and one of the
    // hair's own colour toward the tip, and light that shines through (Marschner et al. 2003). A
    // lock gleams as one: what shines follows its course, fainter where its hairs run apart.
    vec3 flow = is_hair ? mix(2.0 * course.xyz - 1.0, along, 0.22) : along;
    float together = dot(flow, flow);
    float along_view = dot(flow, view);
    float across_view = sqrt(max(1.0 - along_view * along_view, 0.0));
    // Light hair passes on what it takes: the paler, the less its locks shade each other.
    float passed_on = 1.0 - 0.75 * sqrt(dot(albedo, vec3(0.30, 0.55, 0.15)));
    vec3 light = albedo * pow(max(around, 1e-3), vec3(passed_on));
    for (int i = 0; i < LAMPS; ++i) {
        float along_lamp = dot(flow, lamp_toward[i]);
        float across = sqrt(max(1.0 - along_lamp * along_lamp, 0.0));
        float first = across * across_view - (along_lamp + 0.10) * along_view;
        float second = across * across_view - (along_lamp - 0.14) * along_view;
        float white = pow(max(first, 0.0), 20.0);
        float tinted = pow(max(second, 0.0), 6.0);
        float behind = max(-dot(view, lamp_toward[i]), 0.0);
        vec3 through = albedo * (behind * behind * behind * 0.8);
        vec3 body = albedo * (0.60 * across) + through * across;
        vec3 glints = shine * together * (0.026 * white + 0.28 * albedo * tinted);
        float reaching = pow(max(lamps_seen[i], 1e-3), passed_on);
        light += lamp_color[i] * (reaching * body + lamps_seen[i] * glints);
    }
    shade = vec4(developed(exposure * light), 1.0) * min(width * thickening / drawn, 1.0);
}
