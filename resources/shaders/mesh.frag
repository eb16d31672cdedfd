#version 330

uniform bool wireframe;
uniform bool plain;
uniform float line_width;

in vec3 local;
in vec3 normal;
in vec3 color;
flat in vec3 edges[3];
flat in float strength;

layout(location = 0) out vec4 premultiplied;
// Depth and one: their averages over the samples of a pixel give the depth of what covers it.
layout(location = 1) out vec2 weighted_depth;

void main() {
    weighted_depth = vec2(local.z, 1.0);
    if (wireframe) {
        // The nearest triangle hides the edges behind it even where it shows none of its own.
        vec3 here = vec3(gl_FragCoord.xy, 1.0);
        vec3 distances = abs(vec3(dot(edges[0], here), dot(edges[1], here), dot(edges[2], here)));
        float nearest = min(distances.x, min(distances.y, distances.z));
        float line = 1.0 - smoothstep(0.5 * line_width - 0.5, 0.5 * line_width + 0.5, nearest);
        line *= strength;
        premultiplied = vec4(color * line, line);
        return;
    }
    if (plain) {
        premultiplied = vec4(color, 1.0);
        return;
    }
    // A lamp at the camera, wrapped a little around the form so that it keeps its roundness.
    vec3 towards_eye = -normalize(local);
    float facing = abs(dot(normalize(normal), towards_eye));
    premultiplied = vec4(color * (0.25 + 0.75 * facing), 1.0);
}
