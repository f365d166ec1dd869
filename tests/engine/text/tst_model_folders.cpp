// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/text/model_weights.h"
#include "engine/text/sentence_settings.h"
#include "tests/engine/text/model_folder.h"
#include "tests/engine/text/text_test.h"

namespace recoscope::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Error configError(Json config, const Json& changes)
{
    config.update(changes);
    return errorOf([&] { readTextConfig(config, "config.json"); });
}

Error folderError(const TemporaryFolder& folder)
{
    return errorOf([&] { openTextWeights(folder.path()); });
}

TEST(ModelConfig, SizesAndSwitchesOfEachFamily)
{
    const TextModelConfig bert = readTextConfig(smallBert(), "config.json");
    EXPECT_TRUE(bert.isEncoder());
    EXPECT_EQ(bert.headWidth, 4);
    EXPECT_EQ(bert.epsilon, 1e-12);
    const TextModelConfig gpt2 = readTextConfig(smallGpt2(), "config.json");
    EXPECT_EQ(gpt2.inner, 32) << "four times the width when it is not said";
    EXPECT_EQ(gpt2.activation, TextActivation::GeluTanh);
    EXPECT_TRUE(gpt2.tied);
    const TextModelConfig llama = readTextConfig(smallLlama(), "config.json");
    EXPECT_EQ(llama.keyHeads, 2);
    EXPECT_EQ(llama.headWidth, 2);
    EXPECT_FALSE(llama.queryBias);
    Json qwen = smallLlama();
    qwen.update({{"model_type", "qwen2"}, {"head_dim", 6}, {"sliding_window", 4096}, {"use_sliding_window", false}});
    const TextModelConfig qwen2 = readTextConfig(qwen, "config.json");
    EXPECT_TRUE(qwen2.queryBias);
    EXPECT_FALSE(qwen2.outputBias);
    EXPECT_EQ(qwen2.headWidth, 6) << "a head may be wider than its share of the width";
}

TEST(ModelConfig, RotaryBaseStandsInEitherPlace)
{
    Json config = smallLlama();
    config["rope_theta"] = 500.0;
    EXPECT_EQ(readTextConfig(config, "config.json").rotary.base, 500.0);
    config = smallLlama();
    config["rope_parameters"] = {{"rope_theta", 250.0}, {"rope_type", "linear"}, {"factor", 2.0}};
    const RotaryConfig rotary = readTextConfig(config, "config.json").rotary;
    EXPECT_EQ(rotary.base, 250.0);
    EXPECT_EQ(rotary.scaling, RotaryConfig::Scaling::Linear);
    EXPECT_EQ(rotary.factor, 2.0);
}

TEST(ModelConfig, UnknownArchitectureNamesTheKnownOnes)
{
    const Error error = configError(smallBert(), {{"model_type", "t5"}});
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_THAT(
        error.message(), AllOf(HasSubstr("config.json"), HasSubstr("\"t5\""), HasSubstr("bert, gpt2, llama, qwen2")));
}

TEST(ModelConfig, RefusesWhatItWouldComputeWrongly)
{
    const std::pair<Json, Json> cases[] = {
        {smallBert(), {{"position_embedding_type", "relative_key"}}},
        {smallBert(), {{"is_decoder", true}}},
        {smallBert(), {{"hidden_act", "mish"}}},
        {smallGpt2(), {{"scale_attn_weights", false}}},
        {smallLlama(), {{"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}}}},
        {smallLlama(), {{"quantization_config", {{"bits", 4}}}}},
        {smallLlama(), {{"use_sliding_window", true}}},
        {smallLlama(), {{"partial_rotary_factor", 0.5}}},
        {smallLlama(), {{"rope_parameters", {{"rope_type", "default"}, {"partial_rotary_factor", 0.5}}}}},
    };
    for (const auto& [config, changes] : cases)
        EXPECT_EQ(configError(config, changes).kind(), ErrorKind::Input) << changes;
}

TEST(ModelConfig, RefusesImpossibleSizes)
{
    const std::pair<Json, Json> cases[] = {
        {smallBert(), {{"hidden_size", 0}}},
        {smallBert(), {{"hidden_size", -8}}},
        {smallBert(), {{"hidden_size", "8"}}},
        {smallBert(), {{"hidden_size", 7}}},
        {smallBert(), {{"vocab_size", nullptr}}},
        {smallBert(), {{"num_hidden_layers", 1000000000}}},
        {smallBert(), {{"vocab_size", 18446744073709551615ull}}},
        {smallLlama(), {{"num_key_value_heads", 3}}},
        {smallLlama(), {{"head_dim", 3}}},
        {smallLlama(), {{"rope_theta", -1.0}}},
        {smallBert(), {{"layer_norm_eps", -1.0}}},
        {smallLlama(), {{"rms_norm_eps", 0.0}}},
    };
    for (const auto& [config, changes] : cases)
        EXPECT_EQ(configError(config, changes).kind(), ErrorKind::Input) << changes;
    EXPECT_EQ(errorOf([] { readTextConfig(Json::array(), "config.json"); }).kind(), ErrorKind::Input);
}

TEST(ModelWeights, OpensWithAndWithoutThePrefixOfTheClass)
{
    for (const std::string prefix : {"", "bert."}) {
        const TemporaryFolder folder;
        StoredTensors tensors = smallWeights(smallBert(), prefix);
        tensors[prefix + "embeddings.position_ids"] = {{1, 1}, {0.0f}};
        writeModel(folder.path(), smallBert(), tensors);
        const TextWeights weights = openTextWeights(folder.path());
        EXPECT_TRUE(weights.config.pooler);
        EXPECT_EQ(weights.tensors.size(), tensors.size() - 1) << "the buffer of positions is no weight";
        EXPECT_EQ(weights.tensors.front().name, prefix + "embeddings.word_embeddings.weight");
        EXPECT_EQ(weights.tensors.front().view.toFloat(), tensors.at(weights.tensors.front().name).values);
    }
}

TEST(ModelWeights, PoolerAndOutputTableMayBeAbsent)
{
    const TemporaryFolder bert, llama;
    StoredTensors tensors = smallWeights(smallBert(), "");
    tensors.erase("pooler.dense.weight");
    tensors.erase("pooler.dense.bias");
    writeModel(bert.path(), smallBert(), tensors);
    EXPECT_FALSE(openTextWeights(bert.path()).config.pooler);
    tensors = smallWeights(smallLlama(), "");
    tensors.erase("lm_head.weight");
    writeModel(llama.path(), smallLlama(), tensors);
    EXPECT_FALSE(openTextWeights(llama.path()).config.head);
}

TEST(ModelWeights, FusedPartsLieBelowEachOther)
{
    std::map<std::string, std::int64_t> rows;
    for (const TextTensor& t : textTensors(readTextConfig(smallLlama(), "config.json")))
        if (t.ours == "layers.1.self_attn.qkv.weight")
            rows[t.theirs] = t.firstRow;
    EXPECT_EQ(rows,
        (std::map<std::string, std::int64_t>{{"layers.1.self_attn.q_proj.weight", 0},
            {"layers.1.self_attn.k_proj.weight", 8}, {"layers.1.self_attn.v_proj.weight", 12}}));
}

TEST(ModelWeights, ShardsMakeOneModel)
{
    const TemporaryFolder folder;
    const StoredTensors all = smallWeights(smallLlama(), "model.");
    StoredTensors parts[2];
    Json map = Json::object();
    for (const auto& [name, stored] : all) {
        const bool second = name.find("layers.1.") != std::string::npos;
        parts[second][name] = stored;
        map[name] = second ? "model-00002-of-00002.safetensors" : "model-00001-of-00002.safetensors";
    }
    writeJson(folder / "config.json", smallLlama());
    writeTensors(folder / "model-00001-of-00002.safetensors", parts[0]);
    writeTensors(folder / "model-00002-of-00002.safetensors", parts[1]);
    writeJson(folder / "model.safetensors.index.json", {{"metadata", Json::object()}, {"weight_map", map}});
    const TextWeights weights = openTextWeights(folder.path());
    EXPECT_EQ(weights.tensors.size(), all.size());
    EXPECT_EQ(weights.files.size(), 2u);

    map["model.norm.weight"] = "model-00002-of-00002.safetensors";
    writeJson(folder / "model.safetensors.index.json", {{"weight_map", map}});
    EXPECT_THAT(folderError(folder).message(), HasSubstr("'model.norm.weight' is not in 'model-00002-of-00002"));
    map["model.norm.weight"] = "../elsewhere.safetensors";
    writeJson(folder / "model.safetensors.index.json", {{"weight_map", map}});
    EXPECT_EQ(folderError(folder).kind(), ErrorKind::Input);
    map["model.norm.weight"] = "model-00003-of-00003.safetensors";
    writeJson(folder / "model.safetensors.index.json", {{"weight_map", map}});
    const Error absent = folderError(folder);
    EXPECT_EQ(absent.kind(), ErrorKind::NotFound);
    EXPECT_THAT(absent.message(), HasSubstr("model-00003-of-00003.safetensors"));
    writeJson(folder / "model.safetensors.index.json", {{"weight_map", {{"a", 3}}}});
    EXPECT_EQ(folderError(folder).kind(), ErrorKind::Input);
}

TEST(ModelWeights, MissingTensorIsNamedWithItsShape)
{
    const TemporaryFolder folder;
    StoredTensors tensors = smallWeights(smallBert(), "");
    tensors.erase("encoder.layer.1.intermediate.dense.weight");
    writeModel(folder.path(), smallBert(), tensors);
    const Error error = folderError(folder);
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_THAT(error.message(),
        HasSubstr("'encoder.layer.1.intermediate.dense.weight' is missing, expected with the shape [10, 8]"));
}

TEST(ModelWeights, HeadsOfOtherTasksAreLeftAlone)
{
    for (const auto& [config, head] : {std::pair{smallBert(), "classifier.weight"}, {smallBert(), "qa_outputs.bias"},
             {smallLlama(), "score.weight"}}) {
        const TemporaryFolder folder;
        StoredTensors tensors = smallWeights(config, textPrefix(readTextConfig(config, "").family));
        tensors[head] = {{2}, {1.0f, 1.0f}};
        writeModel(folder.path(), config, tensors);
        for (const auto& stored : openTextWeights(folder.path()).tensors)
            EXPECT_NE(stored.name, head);
    }
}

TEST(ModelWeights, UnexpectedTensorIsNamed)
{
    const TemporaryFolder folder;
    StoredTensors tensors = smallWeights(smallLlama(), "model.");
    tensors["model.layers.0.self_attn.q_norm.weight"] = {{2}, {1.0f, 1.0f}};
    writeModel(folder.path(), smallLlama(), tensors);
    EXPECT_THAT(folderError(folder).message(), HasSubstr("'model.layers.0.self_attn.q_norm.weight' is unexpected"));
    Json shallow = smallLlama();
    shallow["num_hidden_layers"] = 1;
    writeModel(folder.path(), shallow, smallWeights(smallLlama(), "model."));
    EXPECT_THAT(folderError(folder).message(), HasSubstr("layers.1."))
        << "a layer that the configuration does not have";
}

TEST(ModelWeights, WrongShapeAndTypeSayExpectedAndFound)
{
    const TemporaryFolder folder;
    Json wide = smallBert();
    wide["intermediate_size"] = 11;
    writeModel(folder.path(), wide, smallWeights(smallBert(), ""));
    const Error shape = folderError(folder);
    EXPECT_EQ(shape.kind(), ErrorKind::Input);
    EXPECT_THAT(shape.message(),
        AllOf(HasSubstr("encoder.layer.0.intermediate.dense.weight"), HasSubstr("[10, 8]"), HasSubstr("[11, 8]")));

    std::map<std::string, TensorView> views;
    const StoredTensors tensors = smallWeights(smallBert(), "");
    for (const auto& [name, stored] : tensors)
        views[name] = {TensorType::F32, stored.shape, std::as_bytes(std::span(stored.values))};
    views["embeddings.LayerNorm.bias"].type = TensorType::I32;
    writeSafetensors(folder / "model.safetensors", views);
    writeJson(folder / "config.json", smallBert());
    EXPECT_THAT(folderError(folder).message(),
        AllOf(HasSubstr("'embeddings.LayerNorm.bias'"), HasSubstr("I32"), HasSubstr("expected F32")));
}

TEST(ModelWeights, WeightsOfAnotherArchitectureMissTheTableOfWords)
{
    const TemporaryFolder folder;
    writeModel(folder.path(), smallBert(), smallWeights(smallLlama(), "model."));
    EXPECT_THAT(folderError(folder).message(), HasSubstr("'bert.embeddings.word_embeddings.weight' is missing"));
}

TEST(ModelWeights, FoldersWithoutPartsAreNotFound)
{
    const TemporaryFolder folder;
    EXPECT_EQ(errorOf([&] { openTextWeights(folder / "none"); }).kind(), ErrorKind::NotFound);
    EXPECT_EQ(folderError(folder).kind(), ErrorKind::NotFound) << "no configuration";
    writeJson(folder / "config.json", smallBert());
    EXPECT_THAT(folderError(folder).message(), HasSubstr("has no model.safetensors"));
    std::ofstream(folder / "pytorch_model.bin") << "x";
    const Error pickled = folderError(folder);
    EXPECT_EQ(pickled.kind(), ErrorKind::NotFound);
    EXPECT_THAT(pickled.message(), HasSubstr("pytorch_model.bin"));
}

TEST(ModelWeights, DamagedFilesAreRefusedWhereverTheyEnd)
{
    const TemporaryFolder folder;
    writeModel(folder.path(), smallGpt2(), smallWeights(smallGpt2(), "transformer."));
    const std::string whole = readFile(folder / "model.safetensors");
    for (const std::size_t length :
        {std::size_t(0), std::size_t(5), std::size_t(100), whole.size() / 2, whole.size() - 1}) {
        writeFileAtomically(folder / "model.safetensors", std::string_view(whole).substr(0, length));
        EXPECT_EQ(folderError(folder).kind(), ErrorKind::Input) << length;
    }
    for (const std::uint64_t claimed : {std::uint64_t(1) << 62, ~std::uint64_t(0), std::uint64_t(whole.size())}) {
        std::string hostile = whole;
        std::memcpy(hostile.data(), &claimed, sizeof claimed);
        writeFileAtomically(folder / "model.safetensors", hostile);
        EXPECT_EQ(folderError(folder).kind(), ErrorKind::Input) << claimed;
    }
}

TEST(SentenceSettingsOf, FoldersOldAndNew)
{
    const TemporaryFolder folder;
    EXPECT_FALSE(readSentenceSettings(folder.path()).said);
    std::filesystem::create_directory(folder / "1_Pooling");
    writeJson(folder / "sentence_bert_config.json", {{"max_seq_length", 256}});
    writeJson(
        folder / "1_Pooling/config.json", {{"pooling_mode_cls_token", false}, {"pooling_mode_mean_tokens", true}});
    const auto step = [](const char* type, const char* path) { return Json{{"type", type}, {"path", path}}; };
    Json modules = {step("sentence_transformers.models.Transformer", ""),
        step("sentence_transformers.models.Pooling", "1_Pooling"),
        step("sentence_transformers.models.Normalize", "2_Normalize")};
    writeJson(folder / "modules.json", modules);
    const SentenceSettings settings = readSentenceSettings(folder.path());
    EXPECT_EQ(settings.pooling, "mean");
    EXPECT_TRUE(settings.normalise);
    EXPECT_EQ(settings.maxTokens, 256);
    writeJson(folder / "1_Pooling/config.json", {{"pooling_mode", "lasttoken"}});
    EXPECT_EQ(readSentenceSettings(folder.path()).pooling, "lasttoken");
    writeJson(
        folder / "1_Pooling/config.json", {{"pooling_mode_max_tokens", true}, {"pooling_mode_mean_tokens", true}});
    EXPECT_EQ(errorOf([&] { readSentenceSettings(folder.path()); }).kind(), ErrorKind::Input);
    writeJson(folder / "1_Pooling/config.json", {{"pooling_mode", "mean"}});
    modules.push_back(step("sentence_transformers.models.Dense", "3_Dense"));
    writeJson(folder / "modules.json", modules);
    EXPECT_THAT(errorOf([&] { readSentenceSettings(folder.path()); }).message(), HasSubstr("Dense"));
}

} // namespace
} // namespace recoscope::test
