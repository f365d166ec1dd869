// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parameter_links.h"

#include "engine/core/error.h"

namespace recoscope {

using torch::Tensor;

namespace {

std::string shapeText(const Tensor& tensor)
{
    std::string text;
    for (const std::int64_t size : tensor.sizes())
        text += (text.empty() ? "[" : ", ") + std::to_string(size);
    return text.empty() ? "[]" : text + "]";
}

[[noreturn]] void failShape(const ParameterLink& l, const Tensor& ours, const Tensor& theirs)
{
    std::string expected = shapeText(l.rows < 0 ? ours : ourPart(ours, l));
    if (l.rows >= 0)
        expected += std::string(" in ") + (l.columns ? "columns " : "rows ") + std::to_string(l.theirBegin) + " to "
            + std::to_string(l.theirBegin + l.rows);
    throw Error(ErrorKind::Input, "tensor " + l.theirs + " is " + shapeText(theirs) + ", expected " + expected,
        "set the model's settings to those of the checkpoint");
}

bool fits(const ParameterLink& l, const Tensor& ours, const Tensor& theirs)
{
    if (l.rows < 0) // a convolution of one step is a matrix
        return ours.squeeze().sizes() == theirs.squeeze().sizes();
    const std::int64_t axis = l.columns ? 1 : 0;
    if (theirs.dim() <= axis || l.theirBegin + l.rows > theirs.size(axis))
        return false;
    return ourPart(ours, l).sizes() == theirPart(theirs, l).sizes();
}

} // namespace

Tensor theirPart(const Tensor& theirs, const ParameterLink& l)
{
    return theirs.slice(l.columns ? 1 : 0, l.theirBegin, l.theirBegin + l.rows);
}

Tensor ourPart(const Tensor& ours, const ParameterLink& l)
{
    return ours.slice(l.columns ? 1 : 0, l.ourBegin, l.ourBegin + l.rows);
}

void loadLinked(const std::vector<ParameterLink>& links, const Parameters& parameters,
    const std::function<Tensor(const std::string& name)>& tensor)
{
    const torch::NoGradGuard guard;
    for (const ParameterLink& l : links) {
        Tensor ours = parameters.at(l.ours).value;
        const Tensor theirs = tensor(l.theirs).to(ours.scalar_type());
        if (!fits(l, ours, theirs))
            failShape(l, ours, theirs);
        if (l.rows < 0)
            ours.copy_((theirs * l.factor).reshape(ours.sizes()));
        else
            ourPart(ours, l).copy_(theirPart(theirs, l) * l.factor);
    }
}

void link(std::vector<ParameterLink>& links, const std::string& theirs, const std::string& ours)
{
    links.push_back({theirs, ours});
}

void linkBoth(std::vector<ParameterLink>& links, const std::string& theirs, const std::string& ours)
{
    link(links, theirs + ".weight", ours + ".weight");
    link(links, theirs + ".bias", ours + ".bias");
}

std::string numbered(const char* prefix, std::int64_t i, const char* suffix)
{
    return prefix + std::to_string(i) + suffix;
}

void linkItemTable(
    std::vector<ParameterLink>& links, const std::string& theirs, const std::string& ours, std::int64_t items)
{
    links.push_back({theirs, ours, 1, 0, items});
    links.push_back({theirs, ours, 0, items, 1});
}

void linkRows(std::vector<ParameterLink>& links, const std::vector<std::string>& theirs, const std::string& ours,
    std::int64_t width)
{
    for (std::size_t part = 0; part < theirs.size(); ++part)
        for (const char* kind : {".weight", ".bias"})
            links.push_back({theirs[part] + kind, ours + kind, 0, static_cast<std::int64_t>(part) * width, width});
}

} // namespace recoscope
