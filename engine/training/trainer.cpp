// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Invariant: everything that decides the next step is in the flat parameters, the optimiser state and the RunCursor,
// and every random number is a function of (seed, purpose, epoch or step). So a checkpoint may be cut anywhere between
// two steps, and the resumed run gives the bytes of the uninterrupted one. Order on disk: best weights first, then the
// checkpoint that knows of them; a kill in between repeats the validation and writes the same weights again.
#include "engine/training/trainer.h"

#include <cmath>

#include "engine/core/error.h"
#include "engine/nn/torch_device.h"
#include "engine/training/counting_run.h"
#include "engine/training/training_run.h"

namespace recoscope {

namespace {

constexpr double checkpointEverySeconds = 60.0;

EpochRecord recordOf(const RunCursor& c, std::int64_t batches, double learningRate)
{
    EpochRecord record;
    record.epoch = c.epoch;
    record.step = c.step;
    record.trainLoss = c.lossSum / static_cast<double>(std::max<std::int64_t>(c.targets, 1));
    record.learningRate = learningRate;
    record.gradientNorm = c.gradientSum / static_cast<double>(std::max<std::int64_t>(batches, 1));
    record.maxGradientNorm = c.gradientMax;
    record.seconds = c.epochSeconds;
    record.eventsPerSecond = c.epochSeconds > 0 ? static_cast<double>(c.targets) / c.epochSeconds : 0.0;
    record.memoryBytes = static_cast<std::int64_t>(currentMemoryBytes());
    return record;
}

// Why the loop over batches ended.
enum class Interrupt { None, Stop, Time, Cancel };

class Loop {
public:
    Loop(TrainingRun& run, const TrainRequest& request, TrainControl& control, const TrainListener& listener,
        Progress& progress)
        : m_run(run)
        , m_request(request)
        , m_control(control)
        , m_listener(listener)
        , m_progress(progress)
        , m_startSeconds(run.cursor.seconds)
    {
    }

    TrainStatus train()
    {
        while (m_run.cursor.epoch <= m_run.epochs && !m_run.cursor.stopped) {
            const Interrupt interrupt = trainEpoch();
            if (interrupt != Interrupt::None)
                return finishInterrupted(interrupt);
            if (!finishEpoch())
                return finishInterrupted(Interrupt::Cancel);
        }
        return m_run.cursor.stopped ? TrainStatus::StoppedEarly : TrainStatus::Finished;
    }

private:
    Interrupt trainEpoch()
    {
        RunCursor& c = m_run.cursor;
        m_run.batches.startEpoch(c.epoch);
        const std::int64_t total = m_run.batches.batchesPerEpoch();
        while (c.batch < total) {
            if (const Interrupt interrupt = check(); interrupt != Interrupt::None)
                return interrupt;
            carryOn([this] { return m_run.step(); }, total);
            c.seconds = m_startSeconds + secondsSince(m_start);
            if (secondsSince(m_lastCheckpoint) > checkpointEverySeconds)
                checkpoint();
        }
        carryOn([this] { return m_run.catchUp(); }, total);
        return Interrupt::None;
    }

    // Takes the time of `work` and reports the step that it gives, if any.
    template <class Work> void carryOn(Work work, std::int64_t batches)
    {
        RunCursor& c = m_run.cursor;
        const auto begin = std::chrono::steady_clock::now();
        const std::optional<StepReport> step = work();
        const double seconds = secondsSince(begin);
        c.epochSeconds += seconds;
        c.trainSeconds += seconds;
        if (step)
            report(*step, batches);
    }

    Interrupt check()
    {
        if (m_progress.cancelRequested() || (m_request.maxSteps > 0 && m_run.cursor.step >= m_request.maxSteps))
            return Interrupt::Cancel;
        if (m_control.stopKeepBest)
            return Interrupt::Stop;
        if (m_request.maxMinutes > 0.0 && secondsSince(m_start) > m_request.maxMinutes * 60.0)
            return Interrupt::Time;
        if (!m_progress.pauseRequested())
            return Interrupt::None;
        return pause();
    }

    Interrupt pause()
    {
        checkpoint();
        if (m_listener.onPause)
            m_listener.onPause(true);
        try {
            m_progress.waitWhilePaused();
        } catch (const Error&) {
            return Interrupt::Cancel;
        }
        if (m_listener.onPause)
            m_listener.onPause(false);
        return Interrupt::None;
    }

    void report(const StepReport& step, std::int64_t batches)
    {
        const RunCursor& c = m_run.cursor;
        if (secondsSince(m_lastReport) < 0.05)
            return;
        m_lastReport = std::chrono::steady_clock::now();
        if (m_listener.onStep)
            m_listener.onStep(step.step, step.loss, step.gradientNorm, step.learningRate);
        const double epoch = c.epoch - 1 + static_cast<double>(c.batch) / static_cast<double>(batches);
        m_progress.update(epoch / m_run.epochs,
            "Training " + m_request.model + (m_request.lastEpoch > 0 ? " on train + validation" : "") + " · epoch "
                + std::to_string(c.epoch) + " / " + std::to_string(m_run.epochs));
    }

    // Validates, keeps the best, moves on to the next epoch. False when cancelled on the way.
    bool finishEpoch()
    {
        RunCursor& c = m_run.cursor;
        EpochRecord record = recordOf(c, m_run.batches.batchesPerEpoch(), m_run.learningRate());
        if (c.epoch % m_run.evaluateEvery == 0 || c.epoch == m_run.epochs) {
            const auto begin = std::chrono::steady_clock::now();
            try {
                const double reached = static_cast<double>(c.epoch) / m_run.epochs;
                const ProgressPart part(m_progress, reached, reached);
                record.valid = m_run.validate(m_progress);
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::Cancelled)
                    throw;
                return false;
            }
            record.validSeconds = secondsSince(begin);
            record.isBest = m_run.keepIfBest(record.valid);
        }
        c.finishedEpochs = c.epoch;
        c.seconds = m_startSeconds + secondsSince(m_start);
        m_run.nextEpoch();
        // Told before the checkpoint: a crash in between trains the epoch again and tells it again, and no checkpoint
        // ever stands after an epoch whose record was lost.
        if (m_listener.onEpoch)
            m_listener.onEpoch(record);
        checkpoint();
        return true;
    }

    // Keeps what there is: a checkpoint to go on from, and best weights even when no validation happened yet.
    TrainStatus finishInterrupted(Interrupt interrupt)
    {
        checkpoint();
        if (interrupt == Interrupt::Cancel)
            return TrainStatus::Cancelled;
        if (m_run.cursor.bestEpoch == 0) {
            m_run.keepIfBest(m_run.validate(m_progress));
            checkpoint();
        }
        return interrupt == Interrupt::Stop ? TrainStatus::StoppedByUser : TrainStatus::TimeLimit;
    }

    void checkpoint()
    {
        m_run.checkpoint();
        m_lastCheckpoint = std::chrono::steady_clock::now();
    }

    TrainingRun& m_run;
    const TrainRequest& m_request;
    TrainControl& m_control;
    const TrainListener& m_listener;
    Progress& m_progress;
    double m_startSeconds; // of the parts before a resume
    std::chrono::steady_clock::time_point m_start = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point m_lastCheckpoint = m_start;
    std::chrono::steady_clock::time_point m_lastReport{}; // the first step is always reported
};

// The weights as they came, on the new catalogue.
TrainResult takeUntrained(const TrainRequest& request, Progress& progress)
{
    TrainingRun run(request);
    TrainResult result;
    result.valid = run.validate(progress);
    run.keepIfBest(result.valid);
    result.parameterCount = run.model->parameters().count();
    result.best = result.tested = loadTrainedModel(request.runFolder, request.data);
    return result;
}

// One training, from its start or its checkpoint to its end; `steps` becomes the number of steps in all.
TrainResult trainOnce(const TrainRequest& request, TrainControl& control, const TrainListener& listener,
    Progress& progress, std::int64_t& steps)
{
    TrainingRun run(request);
    if (request.resume)
        run.resume();
    TrainResult result;
    result.status = Loop(run, request, control, listener, progress).train();
    const RunCursor& c = run.cursor;
    steps = c.step;
    result.epochs = c.finishedEpochs;
    result.bestEpoch = c.bestEpoch;
    result.valid = c.bestValid;
    result.seconds = c.seconds;
    result.secondsPerEpoch = c.step > 0
        ? c.trainSeconds * static_cast<double>(run.batches.batchesPerEpoch()) / static_cast<double>(c.step)
        : 0.0;
    result.parameterCount = run.model->parameters().count();
    return result;
}

// The same training from its start on train + validation, up to the epoch that validation chose: nothing is left to
// choose by. Its files lie in a folder of their own until it is through; then its weights become those of the run.
void refit(
    TrainRequest request, TrainControl& control, const TrainListener& listener, Progress& progress, TrainResult& result)
{
    const Path final = refitWeightsFile(request.runFolder);
    if (std::filesystem::exists(final))
        return;
    request.runFolder /= "refit";
    if (!request.resume)
        std::filesystem::remove_all(request.runFolder);
    std::filesystem::create_directories(request.runFolder);
    request.data = request.data->withValidationInTraining();
    request.lastEpoch = result.bestEpoch;
    request.resume = std::filesystem::exists(checkpointFile(request.runFolder));
    TrainListener quiet; // epochs and steps on record are those that were validated
    quiet.onPause = listener.onPause;
    std::int64_t steps = 0;
    const TrainResult again = trainOnce(request, control, quiet, progress, steps);
    result.seconds += again.seconds;
    if (again.status == TrainStatus::Finished)
        std::filesystem::rename(weightsFile(request.runFolder), final);
    else
        result.status = again.status;
}

// What the limits of the request leave after a first training of `steps` steps that began at `begin`.
TrainRequest withRestOfLimits(TrainRequest request, std::chrono::steady_clock::time_point begin, std::int64_t steps)
{
    if (request.maxMinutes > 0.0)
        request.maxMinutes = std::max(request.maxMinutes - secondsSince(begin) / 60.0, 1e-9);
    if (request.maxSteps > 0)
        request.maxSteps = std::max<std::int64_t>(request.maxSteps - steps, 1);
    return request;
}

TrainResult trainNeural(
    const TrainRequest& request, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    if (!request.initialWeights.empty() && request.transfer.adaptation == Adaptation::ZeroShot)
        return takeUntrained(request, progress);
    const auto begin = std::chrono::steady_clock::now();
    const bool twice = validatedParameters(request).at("refit");
    std::int64_t steps = 0;
    TrainResult result = [&] {
        const ProgressPart first(progress, 0.0, twice ? 0.5 : 1.0);
        return trainOnce(request, control, listener, progress, steps);
    }();
    if (result.bestEpoch == 0)
        return result;
    if (twice && (result.status == TrainStatus::Finished || result.status == TrainStatus::StoppedEarly)) {
        const ProgressPart second(progress, 0.5, 1.0);
        refit(withRestOfLimits(request, begin, steps), control, listener, progress, result);
    }
    result.refitted = std::filesystem::exists(refitWeightsFile(request.runFolder));
    result.best = loadTrainedModel(request.runFolder, request.data, SplitPart::Valid);
    result.tested = result.refitted ? loadTrainedModel(request.runFolder, request.data) : result.best;
    return result;
}

} // namespace

CudaForTraining cudaForTraining()
{
    const nn::TorchDevice& device = nn::torchDevice();
    return {device.api != nullptr, device.found};
}

std::string trainingDevice(const std::string& asked, const std::string& model)
{
    if (asked == "auto" || asked == "cpu")
        return "cpu";
    if (asked != "cuda")
        throw Error(ErrorKind::Usage, "there is no device '" + asked + "'", "the devices are auto, cpu and cuda");
    if (const CudaForTraining cuda = cudaForTraining(); !cuda.usable)
        throw Error(ErrorKind::Resource, "there is no device cuda here: " + cuda.found,
            "use device auto or cpu; 'recoscope-cli doctor' says what is missing");
    if (!findModel(model).trainsOnDevice)
        throw Error(ErrorKind::Refused, model + " is trained on the processor only", "use device auto or cpu");
    return "cuda";
}

TrainResult trainRun(
    const TrainRequest& request, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    requireTrainable(request);
    std::error_code ignored;
    std::filesystem::create_directories(request.runFolder, ignored);
    return throwingErrors([&] {
        return findModel(request.model).kind == ModelKind::Counting ? countingRun(request, listener, progress)
                                                                    : trainNeural(request, control, listener, progress);
    });
}

} // namespace recoscope
