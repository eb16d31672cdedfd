#version 330

in vec4 shade;

layout(location = 0) out vec4 color;

const float SHOULDER = 0.60;

// Like film: straight up to the shoulder, then toward white without ever clipping. Here, before
// samples are averaged, or a highlight smaller than a pixel would outshine the pixel.
vec3 developed(vec3 light) {
    vec3 over = max(light - SHOULDER, 0.0);
    return min(light, SHOULDER) + (1.0 - SHOULDER) * over / (over + (1.0 - SHOULDER));
}

void main() {
    color = vec4(developed(shade.rgb) * shade.a, shade.a);
}
