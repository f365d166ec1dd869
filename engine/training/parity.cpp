// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/evaluation/parity_evaluation.h"
#include "engine/training/parity_case.h"
#include "engine/training/parity_families.h"

namespace recoscope {

namespace {

using Runner = std::vector<ParityRow> (*)(const ParityCase&);

struct Family {
    const char* name;
    Runner run;
    bool ofModels = false; // of the registry, which may be on a device
};

// The visible list; evaluation keeps its own families (parity_evaluation.h).
constexpr Family families[] = {
    {"lrurec", parityLruRec, true},
    {"sasrec_port", paritySasRecPort, true},
    {"sasrec_ce_recbole", paritySasRecCrossEntropy, true},
    {"gsasrec", parityGSasRec, true},
    {"engine", parityEngine, true},
    {"bert4rec_recbole", parityBert4Rec, true},
    {"hstu_research", parityHstuResearch, true},
    {"persrec_hstu_plain", parityPerSRecPlain, true},
    {"persrec_hstu_tokens", parityPerSRecTokens},
    {"gru4rec_recbole", parityGru4Rec, true},
    {"bert", parityText},
    {"gpt2", parityText},
    {"llama", parityText},
    {"qwen2", parityText},
    {"hllm", parityHllm},
    {"persrec_hllm_tokens", parityPerSRecHllm},
    {"loss_full_ce", parityFullCrossEntropy},
    {"loss_gbce", parityGbce},
    {"loss_sampled_softmax", paritySampledSoftmax},
    {"optimiser", parityOptimiser},
};

bool isFixture(const Path& folder)
{
    return std::filesystem::exists(folder / "case.json") || isTokenizerFixture(folder);
}

std::vector<Path> caseFolders(const Path& directory)
{
    std::vector<Path> folders;
    std::error_code error;
    if (isFixture(directory))
        folders.push_back(directory);
    for (auto it = std::filesystem::recursive_directory_iterator(directory, error);
         !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error))
        if (it->is_directory() && isFixture(it->path()))
            folders.push_back(it->path());
    std::sort(folders.begin(), folders.end());
    if (folders.empty())
        throw Error(ErrorKind::NotFound, "no fixture folder (with a case.json) in " + directory.string(),
            "pass the folder that holds the fixtures");
    return folders;
}

void append(ParityReport& report, const std::vector<ParityRow>& rows)
{
    report.rows.insert(report.rows.end(), rows.begin(), rows.end());
}

// Where the tokeniser and the model of a fixture of texts are: beside the texts, or among the encoders.
Path textModelFolder(const Path& folder, const Path& encoders)
{
    const bool elsewhere = folder.filename() == "minilm" && !std::filesystem::exists(folder / "tokenizer.json");
    return elsewhere && !encoders.empty() ? encoders / "all-MiniLM-L6-v2" : folder;
}

void runTextFixture(const Path& folder, const Path& encoders, ParityReport& report)
{
    const Path model = textModelFolder(folder, encoders);
    const auto orSkip = [&](const char* what, const auto& run) {
        try {
            append(report, run());
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound)
                throw;
            report.skipped.push_back(folder.filename().string() + " (" + what + " itself is not there)");
        }
    };
    orSkip("the tokeniser", [&] { return parityTokenizer(folder, model); });
    if (std::filesystem::exists(folder / "expected.safetensors"))
        orSkip("the model", [&] { return parityEncoder(folder, model); });
}

// Of models on a device; the others are named as skipped.
void runOnDevice(const Path& folder, const Family* known, const std::string& device, ParityReport& report)
{
    const std::string name = folder.filename().string();
    if (!known || !known->ofModels) {
        report.skipped.push_back(name + " (on the processor only)");
        return;
    }
    try {
        append(report, known->run(ParityCase(folder, device)));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Refused)
            throw;
        report.skipped.push_back(name + " (" + error.message() + ")");
    }
}

// Appends the rows of one fixture, or the reason why it has none.
void runFixture(const Path& folder, const Path& encoders, const std::string& device, ParityReport& report)
{
    const bool ofTexts = isTokenizerFixture(folder);
    const std::string family = ofTexts ? std::string() : readJson(folder / "case.json").value("family", "");
    const auto* found
        = std::find_if(std::begin(families), std::end(families), [&](const Family& f) { return family == f.name; });
    const Family* known = found == std::end(families) ? nullptr : found;
    if (device != "cpu")
        runOnDevice(folder, known, device, report);
    else if (ofTexts)
        runTextFixture(folder, encoders, report);
    else if (known)
        append(report, known->run(ParityCase(folder)));
    else if (isEvaluationFamily(family))
        append(report, parityEvaluation(folder));
    else
        report.skipped.push_back(folder.filename().string() + " (" + family + ")");
}

} // namespace

bool ParityReport::ok() const
{
    return std::all_of(rows.begin(), rows.end(), [](const ParityRow& row) { return row.ok; });
}

ParityReport runParity(const Path& directory, Progress& progress, const Path& encoders, const std::string& device)
{
    ParityReport report;
    const std::vector<Path> folders = caseFolders(directory);
    for (std::size_t i = 0; i < folders.size(); ++i) {
        progress.checkCancelled();
        progress.update(
            static_cast<double>(i) / static_cast<double>(folders.size()), "Parity · " + folders[i].filename().string());
        runFixture(folders[i], encoders, device, report);
    }
    progress.update(1.0, "Parity done");
    return report;
}

} // namespace recoscope
