// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// exp and the normal distribution on vectors. The polynomials are Chebyshev interpolants of our own; the errors named
// are those of the polynomial, below the rounding of float.
#pragma once

#include "engine/kernels/cpu/simd.h"

namespace recoscope::kernels::cpu {

template <class V, int N> RECOSCOPE_INLINE typename V::F polynomial(const float (&c)[N], typename V::F x)
{
    typename V::F r = splat<V>(c[N - 1]);
#pragma GCC unroll 16
    for (int i = N - 2; i >= 0; --i)
        r = V::fma(r, x, splat<V>(c[i]));
    return r;
}

// exp(x) within 2 ulp for x in [-87.3, 88.3], which the argument must be in; NaN stays NaN.
template <class V> RECOSCOPE_INLINE typename V::F exponentialInRange(typename V::F x)
{
    using F = typename V::F;
    using U = typename V::U;
    // exp(r) = 1 + r + r^2 g(r) on |r| <= ln(2)/2, g of degree 4: relative error 1e-8.
    constexpr float g[]{0.5f, 0.16666576989699006f, 0.04166655461720603f, 0.00836317905270155f, 0.0013926183587568192f};
    const F bias = splat<V>(12582912.0f); // 1.5 * 2^23
    const F shifted = V::fma(x, splat<V>(1.44269504088896341f), bias); // the low bits are round(x / ln 2)
    const F n = shifted - bias;
    F r = V::fma(n, splat<V>(-0.693359375f), x);
    r = V::fma(n, splat<V>(2.12194440e-4f), r);
    const F value = V::fma(polynomial<V>(g, r), r * r, r) + 1.0f;
    return (F)((U)value + ((U)shifted << 23));
}

// exp(x) within 2 ulp for x in [-87.3, 88.3]; 0 below, the largest value above; NaN stays NaN.
template <class V> RECOSCOPE_INLINE typename V::F exponential(typename V::F x)
{
    using F = typename V::F;
    const F lowest = splat<V>(-87.3f), highest = splat<V>(88.3f);
    return x < lowest ? F{} : exponentialInRange<V>(x > highest ? highest : x);
}

// 1 / (1 + exp(-x)); NaN stays NaN.
template <class V> RECOSCOPE_INLINE typename V::F sigmoid(typename V::F x)
{
    using F = typename V::F;
    const F most = splat<V>(87.0f);
    x = x > most ? most : x;
    x = x < -most ? -most : x;
    return V::reciprocal(exponentialInRange<V>(-x) + 1.0f);
}

// The standard normal distribution function, absolute error 1e-7.
template <class V> RECOSCOPE_INLINE typename V::F normalCdf(typename V::F x)
{
    using F = typename V::F;
    // erf(x / sqrt 2) = x p(2 (x / 5.5)^2 - 1) on |x| <= 5.5, where it is 1 to float precision; error 3e-8.
    constexpr float limit = 5.5f;
    constexpr float p[]{0.2571038590333002f, -0.12834464999191303f, 0.09547556631540612f, -0.07758681116456137f,
        0.06413485631789391f, -0.05208073767227546f, 0.04076714276759595f, -0.030084702029997246f,
        0.020335510971528248f, -0.013400344485199906f, 0.009436712769421407f, -0.005187421101868215f,
        0.0012874155679481244f, -0.0008003915357844857f, 0.0013102963595229228f, -0.000548132030901293f};
    const F top = splat<V>(limit);
    F clamped = x > top ? top : x;
    clamped = clamped < -top ? -top : clamped;
    const F s = V::fma(clamped * clamped, splat<V>(2.0f / (limit * limit)), splat<V>(-1.0f));
    return V::fma(clamped * polynomial<V>(p, s), splat<V>(0.5f), splat<V>(0.5f));
}

// The standard normal density.
template <class V> RECOSCOPE_INLINE typename V::F normalDensity(typename V::F x)
{
    return exponential<V>(x * x * -0.5f) * 0.3989422804014327f;
}

} // namespace recoscope::kernels::cpu
