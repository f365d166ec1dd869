// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/reference_curves.h"

#include "engine/core/error.h"

namespace recoscope {

const std::vector<ReferenceCurve>& referenceCurves()
{
    const std::string quantity = "NDCG@5 among 10,000 sampled negatives, Amazon 2018, all categories";
    const std::string source = "Zivic, Vazquez & Sanchez, Scaling Sequential Recommendation Models with Transformers, "
                               "SIGIR 2024, arXiv 2412.07585; constants as a survey of the field quotes them";
    static const std::vector<ReferenceCurve> curves = {
        {"srt_compute", "SRT, NDCG of compute",
            {ScalingForm::Compute, ScalingDirection::Rising, {0.396, 0.18, 24.44, 0.247}}, quantity,
            "C in the paper's unit: multiply-accumulates of the linear layers, padded, forward only", source,
            "its four constants are weakly identified: other sets of them describe the same runs as well"},
        {"srt_size_data", "SRT, NDCG of size and data",
            {ScalingForm::Joint, ScalingDirection::Rising, {0.163, 18.56, 0.376, 2.9, 0.364}}, quantity,
            "N all parameters, token embeddings included; T training interactions", source,
            "lies above the authors' own runs by about 0.008 on average, more for narrow models"},
    };
    return curves;
}

const ReferenceCurve& referenceCurve(const std::string& name)
{
    std::string names;
    for (const ReferenceCurve& curve : referenceCurves()) {
        if (curve.name == name)
            return curve;
        names += (names.empty() ? "" : ", ") + curve.name;
    }
    throw Error(ErrorKind::NotFound, "no reference curve is called '" + name + "'", "there are " + names);
}

} // namespace recoscope
