#version 330

// Averages the samples of each pixel and puts them over the background.

uniform sampler2D premultiplied;
uniform sampler2D weighted_depth;
uniform vec3 background;
uniform int supersampling;

layout(location = 0) out vec4 picture;
layout(location = 1) out float coverage;
layout(location = 2) out float depth;

void main() {
    ivec2 first = ivec2(gl_FragCoord.xy) * supersampling;
    vec4 colors = vec4(0.0);
    vec2 depths = vec2(0.0);
    for (int y = 0; y < supersampling; ++y) {
        for (int x = 0; x < supersampling; ++x) {
            colors += texelFetch(premultiplied, first + ivec2(x, y), 0);
            depths += texelFetch(weighted_depth, first + ivec2(x, y), 0).xy;
        }
    }
    colors /= float(supersampling * supersampling);
    picture = vec4(colors.rgb + (1.0 - colors.a) * background, 1.0);
    coverage = colors.a;
    depth = depths.y > 0.0 ? depths.x / depths.y : 0.0;
}
