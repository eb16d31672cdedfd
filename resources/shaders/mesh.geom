#version 330

// Gives every triangle the lines through its edges in pixels, so that the fragment shader can draw
// edges of an even width (after Baerentzen et al. 2006, Single-pass wireframe rendering, but with
// nothing interpolated: some drivers get what is new at the border of the picture wrong).

layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;

uniform vec2 image_size;
uniform float line_width;
uniform float ink;
uniform bool back_faces;

in Vertex {
    vec3 local;
    vec3 normal;
    vec3 color;
} vertex[];

out vec3 local;
out vec3 normal;
out vec3 color;
flat out vec3 edges[3];
flat out float strength;

void main() {
    vec3 normal_of_face = cross(vertex[1].local - vertex[0].local, vertex[2].local - vertex[0].local);
    if (!back_faces && dot(normal_of_face, vertex[0].local) >= 0.0) {
        return;
    }
    vec2 corners[3];
    for (int i = 0; i < 3; ++i) {
        vec2 place = gl_in[i].gl_Position.xy / gl_in[i].gl_Position.w;
        corners[i] = image_size * (0.5 * place + 0.5);
    }
    vec2 a = corners[1] - corners[0];
    vec2 b = corners[2] - corners[0];
    float doubled_area = abs(a.x * b.y - a.y * b.x);
    // Within half a line's width of the edges lies all but a smaller similar triangle.
    float circumference = length(a) + length(b) + length(a - b);
    float inradius = doubled_area / max(circumference, 1e-6);
    float bare = max(1.0 - 0.5 * line_width / max(inradius, 1e-6), 0.0);
    float inked = 1.0 - bare * bare;
    vec3 lines[3];
    for (int i = 0; i < 3; ++i) {
        vec2 along = corners[(i + 1) % 3] - corners[i];
        vec2 across = vec2(-along.y, along.x) / max(length(along), 1e-6);
        lines[i] = vec3(across, -dot(across, corners[i]));
    }
    for (int i = 0; i < 3; ++i) {
        edges = lines;
        local = vertex[i].local;
        normal = vertex[i].normal;
        color = vertex[i].color;
        strength = min(ink / max(inked, 1e-6), 1.0);
        gl_Position = gl_in[i].gl_Position;
        EmitVertex();
    }
    EndPrimitive();
}
