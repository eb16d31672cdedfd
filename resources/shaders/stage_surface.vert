#version 330

uniform mat4 clip_from_world;

in vec3 position;
in vec3 normal;
in vec2 uv;
in vec3 around;
in vec3 lean;
in vec4 lamps_seen;

out vec3 place;
out vec3 outward;
out vec2 coordinates;
out vec3 light_around;
out vec3 light_lean;
out vec4 light_lamps;

void main() {
    gl_Position = clip_from_world * vec4(position, 1.0);
    place = position;
    outward = normal;
    coordinates = uv;
    light_around = around;
    light_lean = lean;
    light_lamps = lamps_seen;
}
