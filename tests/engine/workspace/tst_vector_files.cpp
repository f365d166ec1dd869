// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Vectors and weights that leave the program.
#include "engine/core/npy.h"
#include "engine/core/safetensors.h"
#include "engine/data/catalogue.h"
#include "engine/workspace/vector_files.h"
#include "tests/engine/workspace/workspace_fixture.h"

namespace recoscope::test {
namespace {

class VectorFiles : public WorkspaceTest {
protected:
    void SetUp() override
    {
        open();
        generate();
        id = create("lrurec", {{"epochs", 1}, {"hidden", 8}});
        execute(id);
        Progress progress;
        session = workspace().openSession(id, progress);
    }
    void TearDown() override
    {
        session.reset();
        WorkspaceTest::TearDown();
    }
    static std::vector<std::string> lines(const Path& file)
    {
        std::vector<std::string> out;
        std::istringstream text(readFile(file));
        for (std::string line; std::getline(text, line);)
            out.push_back(line);
        return out;
    }

    RunId id;
    std::shared_ptr<const ServingSession> session;
    Progress progress;
};

TEST_F(VectorFiles, AUsersVectorTimesAnItemsIsTheScore)
{
    const VectorFile items = writeItemVectors(*session, m_folder / "items.safetensors");
    const VectorFile users = writeUserVectors(*session, 1, true, m_folder / "users.npy", progress);
    const PreparedData& data = session->data();
    ASSERT_EQ(items.rows, data.items());
    ASSERT_EQ(users.rows, data.users());
    const SafetensorsFile file(items.vectors);
    const std::vector<float> table = file.at("vectors").toFloat(), bias = file.at("bias").toFloat();
    const NpyArray array(users.vectors);
    EXPECT_EQ(array.shape(), (std::vector<std::int64_t>{users.rows, users.width}));
    const auto vectors = array.values<float>();
    std::vector<float> scores(static_cast<std::size_t>(data.items()));
    for (const std::int32_t user : {0, 17, data.users() - 1}) {
        const PackedSequences history = session->historyOf(user, 1);
        session->model().score(history.view(), scores);
        for (std::int64_t item = 0; item < items.rows; ++item) {
            double score = bias[static_cast<std::size_t>(item)];
            for (std::int64_t d = 0; d < items.width; ++d)
                score += vectors[static_cast<std::size_t>(user * users.width + d)]
                    * table[static_cast<std::size_t>(item * items.width + d)];
            EXPECT_NEAR(score, scores[static_cast<std::size_t>(item)], 1e-5) << user << " " << item;
        }
    }
    const std::vector<std::string> ids = lines(items.ids);
    ASSERT_EQ(ids.size(), static_cast<std::size_t>(items.rows) + 1);
    EXPECT_EQ(ids[0], "row,id");
    const auto& raw = data.dataset()->catalogue().rawItems();
    EXPECT_EQ(ids[6], "5," + raw[static_cast<std::size_t>(data.datasetItem(5))]);
    EXPECT_EQ(lines(users.ids)[18], "17," + data.dataset()->catalogue().rawUsers()[data.datasetUser(17)]);
}

TEST_F(VectorFiles, UsersArePseudonymsUnlessAskedOtherwise)
{
    const VectorFile hidden = writeUserVectors(*session, 0, false, m_folder / "hidden.npy", progress);
    const VectorFile raw = writeUserVectors(*session, 0, true, m_folder / "raw.npy", progress);
    EXPECT_EQ(readFile(hidden.vectors), readFile(raw.vectors));
    const std::vector<std::string> a = lines(hidden.ids), b = lines(raw.ids);
    for (std::size_t row = 1; row < a.size(); ++row)
        EXPECT_NE(a[row], b[row]);
    EXPECT_TRUE(a[1].starts_with("0,u"));
}

TEST_F(VectorFiles, WeightsKeepEveryNumber)
{
    writeWeights(workspace().runFolder(id), m_folder / "w.safetensors");
    EXPECT_EQ(readFile(m_folder / "w.safetensors"), readFile(workspace().runFolder(id) / "weights.safetensors"));
    writeWeights(workspace().runFolder(id), m_folder / "w.npz");
    const std::string npz = readFile(m_folder / "w.npz");
    const SafetensorsFile weights(m_folder / "w.safetensors");
    for (const auto& [name, view] : weights.tensors()) {
        EXPECT_NE(npz.find(name + ".npy"), std::string::npos) << name;
        const std::string bytes(reinterpret_cast<const char*>(view.data.data()), view.data.size());
        EXPECT_NE(npz.find(bytes), std::string::npos) << name;
    }
}

TEST_F(VectorFiles, WhatHasNoVectorsIsRefused)
{
    EXPECT_EQ(kindOf([&] { writeItemVectors(*session, m_folder / "items.txt"); }), ErrorKind::Usage);
    const RunId counted = create("most_popular", Json::object());
    execute(counted);
    const auto counting = workspace().openSession(counted, progress);
    EXPECT_EQ(kindOf([&] { writeItemVectors(*counting, m_folder / "i.npy"); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { writeUserVectors(*counting, 0, false, m_folder / "u.npy", progress); }), ErrorKind::Refused);
    EXPECT_EQ(
        kindOf([&] { writeWeights(workspace().runFolder(id) / "nowhere", m_folder / "w.npz"); }), ErrorKind::NotFound);
    EXPECT_FALSE(std::filesystem::exists(m_folder / "i.npy"));
}

} // namespace
} // namespace recoscope::test
