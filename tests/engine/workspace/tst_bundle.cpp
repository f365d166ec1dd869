// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Evidence bundles: what is in them, what is not, what verification finds, and that damage never reaches a workspace.

#include <sstream>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/zip_writer.h"
#include "engine/data/catalogue.h"
#include "engine/data/importers/byte_source.h"
#include "engine/workspace/bundle.h"
#include "tests/engine/workspace/workspace_fixture.h"

namespace recoscope {
namespace {

using Members = std::map<std::string, std::string>;

class Bundles : public test::WorkspaceTest {
protected:
    void SetUp() override
    {
        test::WorkspaceTest::SetUp();
        open();
        generate();
    }
    Path file() const { return m_folder / "run.recoscope"; }

    RunId neuralRun()
    {
        const RunId id = create("lrurec", {{"hidden", 8}, {"epochs", 2}});
        execute(id);
        return id;
    }
    void exportRun(const RunId& id, const BundleOptions& options = {})
    {
        exportBundle(workspace(), id, file(), options, m_progress);
    }
    Members members() const
    {
        Members content;
        for (const std::string& name : zipMembers(file()))
            content[name] = readAll(*openZipMember(file(), name));
        return content;
    }
    // Writes the bundle anew with other members; `consistent` mends the hashes, as somebody who cheats would.
    void rewrite(Members content, bool consistent)
    {
        Json manifest = parseJson(content.at("manifest.json"), "manifest");
        for (Json& entry : manifest["files"])
            if (consistent && content.contains(entry["name"]))
                entry["sha256"] = sha256Hex(content.at(entry["name"]));
        content["manifest.json"] = manifest.dump();
        ZipWriter zip(file());
        for (const auto& [name, text] : content)
            zip.add(name, {std::as_bytes(std::span(text))}, ZipWriter::Packing::Deflated);
        zip.commit();
    }
    BundleReport verify() { return verifyBundle(workspace(), file(), m_progress); }
    // A second workspace that the bundle travels to.
    std::unique_ptr<Workspace> elsewhere(bool withData)
    {
        auto other = std::make_unique<Workspace>(m_folder / "elsewhere");
        if (withData)
            other->generate(
                {{"users", 120}, {"items", 60}, {"clusters", 4}, {"mean_length", 14.0}}, 3, "copy", m_progress);
        return other;
    }
    template <class Call> static void expectKind(ErrorKind kind, Call call) { EXPECT_EQ(test::kindOf(call), kind); }
};

TEST_F(Bundles, HoldEverythingAndVerifyFromTheWeights)
{
    const RunId id = neuralRun();
    exportRun(id);
    Members content = members();
    for (const char* name : {"manifest.json", "config.json", "protocol.json", "environment.json", "metrics.json",
             "users_valid.csv", "users_test.csv", "lists.csv", "weights.safetensors"})
        EXPECT_FALSE(content[name].empty()) << name;
    EXPECT_EQ(content["weights.safetensors"], readFile(workspace().runFolder(id) / "weights.safetensors"));
    const BundleReport report = verify();
    EXPECT_EQ(report.run, id);
    EXPECT_TRUE(report.recomputed) << report.remark;
    for (const BundleCheck& check : report.checks)
        EXPECT_TRUE(check.ok) << check.what << " " << check.stated << " " << check.found;
    EXPECT_GT(report.checks.size(), 20u);
}

TEST_F(Bundles, HoldBothWeightsOfARefit)
{
    const RunId id = create("lrurec", {{"hidden", 8}, {"epochs", 2}, {"refit", true}});
    execute(id);
    exportRun(id);
    Members content = members();
    for (const char* name : {"weights.safetensors", "weights-refit.safetensors"})
        EXPECT_EQ(content[name], readFile(workspace().runFolder(id) / name)) << name;
    const BundleReport report = verify();
    EXPECT_TRUE(report.recomputed && report.ok()) << report.remark;
    const auto other = elsewhere(true);
    importBundle(*other, file(), m_progress);
    const RunRecord copy = other->store().run(id);
    EXPECT_EQ(other->evaluate(id, Protocol::fromJson(copy.protocol), {}, m_progress).metrics.values, copy.test);
}

TEST_F(Bundles, TheSameRunGivesTheSameBytes)
{
    const RunId id = create("markov", Json::object());
    execute(id);
    exportRun(id);
    const std::string first = readFile(file());
    expectKind(ErrorKind::Refused, [&] { exportRun(id); });
    BundleOptions options;
    options.overwrite = true;
    exportRun(id, options);
    EXPECT_EQ(readFile(file()), first);
    EXPECT_TRUE(verify().ok());
}

TEST_F(Bundles, UsersAreCalledByPseudonymsUnlessAskedOtherwise)
{
    const RunId id = create("most_popular", Json::object());
    execute(id);
    exportRun(id);
    const std::vector<std::string> raw = workspace().openDataset("small")->catalogue().rawUsers();
    Members content = members();
    for (const char* name : {"users_test.csv", "users_valid.csv", "lists.csv"}) {
        std::string last;
        std::istringstream lines(content[name]);
        std::string line;
        std::getline(lines, line);
        while (std::getline(lines, line)) {
            const std::string user = line.substr(0, line.find(','));
            EXPECT_EQ(std::find(raw.begin(), raw.end(), user), raw.end()) << user;
            EXPECT_EQ(user.size(), 17u);
            EXPECT_LE(last, user) << "the order of the rows must not tell who is who";
            last = user;
        }
    }
    BundleOptions options;
    options.rawUsers = options.overwrite = true;
    exportRun(id, options);
    EXPECT_NE(members()["users_test.csv"].find("\n" + raw.front() + ","), std::string::npos);
    EXPECT_TRUE(verify().ok());
}

TEST_F(Bundles, ARunThatWasNotTestedIsRefused)
{
    const RunId id = create("lrurec", {{"hidden", 8}, {"epochs", 1}});
    expectKind(ErrorKind::Refused, [&] { exportRun(id); });
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(Bundles, ExportRefusesWeightsThatAreNotThoseThatWereTested)
{
    const RunId a = neuralRun();
    const RunId b = create("lrurec", {{"hidden", 8}, {"epochs", 1}, {"learning_rate", 0.1}});
    execute(b);
    std::filesystem::copy_file(workspace().runFolder(b) / "weights.safetensors",
        workspace().runFolder(a) / "weights.safetensors", std::filesystem::copy_options::overwrite_existing);
    const auto before = tree();
    expectKind(ErrorKind::Refused, [&] { exportRun(a); });
    EXPECT_EQ(tree().size(), before.size()) << "nothing is left behind";
}

TEST_F(Bundles, ImportBringsTheRunToAnotherWorkspace)
{
    const RunId id = neuralRun();
    exportRun(id);
    const RunRecord original = workspace().store().run(id);
    const auto other = elsewhere(true);
    const RunRecord run = importBundle(*other, file(), m_progress);
    EXPECT_EQ(run.id, id);
    EXPECT_EQ(run.dataset, "copy") << "the dataset is found by its content";
    EXPECT_EQ(run.status, RunStatus::Finished);
    EXPECT_EQ(run.test, original.test);
    EXPECT_EQ(run.testHalfWidth, original.testHalfWidth);
    EXPECT_EQ(run.parameters, original.parameters);
    EXPECT_EQ(run.protocolHash, original.protocolHash);
    EXPECT_EQ(other->store().epochs(id).size(), workspace().store().epochs(id).size());
    EXPECT_EQ(
        other->store().slices(id, SplitPart::Test).size(), workspace().store().slices(id, SplitPart::Test).size());
    const auto rows = other->store().userMetrics(id, SplitPart::Test);
    const auto expected = workspace().store().userMetrics(id, SplitPart::Test);
    ASSERT_EQ(rows.size(), expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].user, expected[i].user);
        EXPECT_EQ(rows[i].target, expected[i].target);
        EXPECT_EQ(rows[i].rank, expected[i].rank);
        EXPECT_EQ(rows[i].historyLength, expected[i].historyLength);
    }
    const auto session = other->openSession(id, m_progress);
    EXPECT_EQ(session->recommend(session->historyOf(0).view(), 5).size(), 5u);
    expectKind(ErrorKind::Refused, [&] { importBundle(*other, file(), m_progress); });
}

TEST_F(Bundles, WithoutTheDatasetMetricsAndCurvesComeAlone)
{
    const RunId id = neuralRun();
    exportRun(id);
    const auto other = elsewhere(false);
    const BundleReport report = verifyBundle(*other, file(), m_progress);
    EXPECT_TRUE(report.ok());
    EXPECT_FALSE(report.recomputed);
    EXPECT_NE(report.remark.find("small"), std::string::npos);
    const RunRecord run = importBundle(*other, file(), m_progress);
    EXPECT_EQ(run.test, workspace().store().run(id).test);
    EXPECT_TRUE(other->store().userMetrics(id, SplitPart::Test).empty());
    EXPECT_EQ(other->store().epochs(id).size(), 2u);
}

TEST_F(Bundles, VerificationFindsWhatWasChanged)
{
    const RunId id = neuralRun();
    exportRun(id);
    const Members original = members();
    // A changed number, hashes left: the hash tells.
    Members changed = original;
    Json metrics = parseJson(changed["metrics.json"], "metrics");
    metrics["test"]["values"]["ndcg@10"] = metrics["test"]["values"]["ndcg@10"].get<double>() + 0.05;
    changed["metrics.json"] = metrics.dump();
    rewrite(changed, false);
    EXPECT_FALSE(verify().ok());
    expectKind(ErrorKind::Input, [&] { importBundle(*elsewhere(true), file(), m_progress); });
    // Hashes mended: the per-user rows tell, and ranking again.
    rewrite(changed, true);
    std::vector<std::string> differing;
    for (const BundleCheck& check : verify().checks)
        if (!check.ok)
            differing.push_back(check.what);
    EXPECT_EQ(differing, (std::vector<std::string>{"test ndcg@10 from users_test.csv", "test ndcg@10 ranked again"}));
    // Lists of other users.
    changed = original;
    const std::string lists = changed["lists.csv"];
    const std::size_t header = lists.find('\n') + 1, line = lists.find('\n', header) + 1;
    changed["lists.csv"] = lists.substr(0, header) + lists.substr(line);
    rewrite(changed, true);
    EXPECT_FALSE(verify().ok());
    // A member that nobody answers for.
    changed = original;
    changed["extra.txt"] = "hello";
    rewrite(changed, true);
    EXPECT_FALSE(verify().ok());
}

TEST_F(Bundles, DamageIsToldAndLeavesTheWorkspaceAsItWas)
{
    const RunId id = neuralRun();
    exportRun(id);
    const std::string whole = readFile(file());
    const Members original = members();
    const auto other = elsewhere(true);
    other->store().flush();
    const auto refuse = [&](ErrorKind kind, const char* what) {
        SCOPED_TRACE(what);
        expectKind(kind, [&] { importBundle(*other, file(), m_progress); });
        EXPECT_TRUE(other->store().runs(true).empty());
        EXPECT_TRUE(std::filesystem::is_empty(m_folder / "elsewhere" / "runs"));
    };
    writeFileAtomically(file(), whole.substr(0, whole.size() / 2));
    refuse(ErrorKind::Input, "cut short");
    writeFileAtomically(file(), "user,item\n1,2\n");
    refuse(ErrorKind::Input, "no archive");
    std::filesystem::remove(file());
    refuse(ErrorKind::NotFound, "no file");

    const auto withConfig = [&](const std::function<void(Json&)>& edit) {
        Members changed = original;
        Json config = parseJson(changed["config.json"], "config");
        edit(config);
        changed["config.json"] = config.dump();
        rewrite(changed, true);
    };
    withConfig([](Json& config) { config["run"] = "../../outside"; });
    refuse(ErrorKind::Input, "an id that leads elsewhere");
    withConfig([](Json& config) { config.erase("parameters"); });
    refuse(ErrorKind::Input, "no parameters");
    withConfig([](Json& config) { config["status"] = "running"; });
    refuse(ErrorKind::Input, "not finished");
    withConfig([](Json& config) { config["model"] = "no_such_model"; });
    refuse(ErrorKind::NotFound, "a model of another program");

    Members changed = original;
    changed["weights.safetensors"] = changed["weights.safetensors"].substr(0, 100);
    rewrite(changed, true);
    refuse(ErrorKind::Input, "weights cut short");
    changed = original;
    Json manifest = parseJson(changed["manifest.json"], "manifest");
    manifest["version"] = 99;
    changed["manifest.json"] = manifest.dump();
    rewrite(changed, false);
    refuse(ErrorKind::Refused, "a newer version");
}

TEST_F(Bundles, AFullDiskLeavesNoFile)
{
    const RunId id = create("most_popular", Json::object());
    execute(id);
    workspace().store().flush();
    setFileFault([&](std::string_view operation, const Path& path) {
        return operation == "write" && path.filename().string().find("lists") != std::string::npos ? ENOSPC : 0;
    });
    expectKind(ErrorKind::Resource, [&] { exportRun(id); });
    setFileFault({});
    for (const auto& entry : std::filesystem::directory_iterator(m_folder))
        EXPECT_EQ(entry.path().filename(), "work");
}

} // namespace
} // namespace recoscope
