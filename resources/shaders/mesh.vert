#version 330

uniform mat4 clip_from_world;
uniform mat4 camera_from_world;

in vec3 position;
in vec3 normal;
in vec3 color;

out Vertex {
    vec3 local;
    vec3 normal;
    vec3 color;
} vertex;

void main() {
    gl_Position = clip_from_world * vec4(position, 1.0);
    vertex.local = (camera_from_world * vec4(position, 1.0)).xyz;
    vertex.normal = mat3(camera_from_world) * normal;
    vertex.color = color;
}
