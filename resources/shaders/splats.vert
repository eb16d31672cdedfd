#version 330

// One instance per Gaussian, back to front: projects it to an ellipse (EWA splatting, Zwicker et al.
// 2001, with gsplat's clamped Jacobian) and spans a quad over the part of it that can be seen.
// Image rows grow downwards and so does this framebuffer: its row 0 is the picture's top.

uniform sampler2D means;
uniform sampler2D quats;
uniform sampler2D log_scales;
uniform sampler2D logit_opacities;
uniform sampler2D harmonics;
uniform int num_bases;
uniform int sh_degree;

uniform mat4 camera_from_world;
uniform vec3 camera_position;
uniform vec2 focal;
uniform vec2 principal;
uniform vec2 image_size;
uniform float opacity_gain;
uniform bool antialiased;

in int gaussian;

flat out vec2 centre;
flat out vec3 conic;
flat out vec4 color_opacity;
flat out float depth;

const vec4 OUTSIDE = vec4(0.0, 0.0, 2.0, 1.0);

// Quads reach a hair further than the ellipse, because the rasteriser snaps corners to a grid.
const float SNAP_MARGIN = 0.02;

ivec2 texel(int index) {
    return ivec2(index % TABLE_WIDTH, index / TABLE_WIDTH);
}

mat3 rotation(vec4 wxyz) {
    vec4 q = wxyz / max(length(wxyz), 1e-12);
    float w = q.x, x = q.y, y = q.z, z = q.w;
    return mat3(
        1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y),
        2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x),
        2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y));
}

vec3 coefficient(int basis) {
    return texelFetch(harmonics, texel(gaussian * num_bases + basis), 0).rgb;
}

// Real spherical harmonics as polynomials of the unit direction (Sloan 2013, Kerbl et al. 2023).
vec3 color_towards(vec3 d) {
    vec3 color = 0.28209479177387814 * coefficient(0);
    if (sh_degree >= 1) {
        color += 0.4886025119029199
            * (-d.y * coefficient(1) + d.z * coefficient(2) - d.x * coefficient(3));
    }
    if (sh_degree >= 2) {
        float xx = d.x * d.x, yy = d.y * d.y, zz = d.z * d.z;
        color += 1.0925484305920792 * d.x * d.y * coefficient(4)
            - 1.0925484305920792 * d.y * d.z * coefficient(5)
            + 0.31539156525252005 * (2.0 * zz - xx - yy) * coefficient(6)
            - 1.0925484305920792 * d.x * d.z * coefficient(7)
            + 0.5462742152960396 * (xx - yy) * coefficient(8);
        if (sh_degree >= 3) {
            color += -0.5900435899266435 * d.y * (3.0 * xx - yy) * coefficient(9)
                + 2.890611442640554 * d.x * d.y * d.z * coefficient(10)
                - 0.4570457994644658 * d.y * (4.0 * zz - xx - yy) * coefficient(11)
                + 0.3731763325901154 * d.z * (2.0 * zz - 3.0 * xx - 3.0 * yy) * coefficient(12)
                - 0.4570457994644658 * d.x * (4.0 * zz - xx - yy) * coefficient(13)
                + 1.445305721320277 * d.z * (xx - yy) * coefficient(14)
                - 0.5900435899266435 * d.x * (xx - 3.0 * yy) * coefficient(15);
        }
    }
    return max(color + 0.5, 0.0);
}

void main() {
    gl_Position = OUTSIDE;
    ivec2 place = texel(gaussian);
    vec3 mean = texelFetch(means, place, 0).xyz;
    vec3 local = (camera_from_world * vec4(mean, 1.0)).xyz;
    depth = local.z;
    if (!(depth >= NEAR_PLANE)) {
        return;
    }

    // The Jacobian is taken at a point pulled into a widened view: Gaussians far outside would
    // otherwise be stretched without bound.
    vec2 widening = 0.15 * image_size / focal;
    vec2 lower = -principal / focal - widening;
    vec2 upper = (image_size - principal) / focal + widening;
    vec2 slope = clamp(local.xy / depth, lower, upper);

    vec3 scales = exp(texelFetch(log_scales, place, 0).xyz);
    mat3 axes = mat3(camera_from_world) * rotation(texelFetch(quats, place, 0));
    axes[0] *= scales.x;
    axes[1] *= scales.y;
    axes[2] *= scales.z;
    mat3 rows = transpose(axes);
    vec3 u = (rows[0] - slope.x * rows[2]) * (focal.x / depth);
    vec3 v = (rows[1] - slope.y * rows[2]) * (focal.y / depth);
    float uu = dot(u, u), uv = dot(u, v), vv = dot(v, v);

    // As a cross product the determinant keeps its digits for needles and discs seen edge on.
    vec3 area = cross(u, v);
    float sharp_determinant = dot(area, area);
    float determinant = sharp_determinant + EPS_2D * (uu + vv) + EPS_2D * EPS_2D;
    float a = uu + EPS_2D, b = uv, c = vv + EPS_2D;

    float opacity = opacity_gain / (1.0 + exp(-texelFetch(logit_opacities, place, 0).x));
    if (antialiased) {
        opacity *= sqrt(sharp_determinant / determinant);
    }
    if (!(opacity >= ALPHA_MIN)) {
        return;
    }

    float middle = 0.5 * (a + c);
    float spread = length(vec2(0.5 * (a - c), b));
    float twice_cosine = spread > 1e-7 * middle ? 0.5 * (a - c) / spread : 1.0;
    vec2 major = vec2(
        sqrt(max(0.5 + 0.5 * twice_cosine, 0.0)),
        (b < 0.0 ? -1.0 : 1.0) * sqrt(max(0.5 - 0.5 * twice_cosine, 0.0)));
    vec2 minor = vec2(-major.y, major.x);
    float reach = sqrt(2.0 * log(opacity / ALPHA_MIN));
    vec2 radii = reach * sqrt(vec2(middle + spread, determinant / (middle + spread))) + SNAP_MARGIN;

    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    centre = focal * local.xy / depth + principal;
    vec2 pixel = centre + corner.x * radii.x * major + corner.y * radii.y * minor;
    conic = vec3(c, -b, a) / determinant;
    color_opacity = vec4(color_towards(normalize(mean - camera_position)), opacity);
    gl_Position = vec4(2.0 * pixel / image_size - 1.0, 0.0, 1.0);
}
