package org.sbertspark.training;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.sbertspark.inference.Gradients;
import org.sbertspark.model.DType;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.SafetensorsFile;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.model.Weights;

/**
 * A training between two steps, as files of a folder: {@code state.json}, {@code
 * weights.safetensors} and {@code optimizer.safetensors}, {@code best.safetensors} if there was an
 * evaluation, {@code metrics.jsonl}. Together with base, data and recipe it decides everything that
 * follows: random numbers come from the seed and the step's number.
 *
 * @param identity of base, data and recipe
 * @param step steps made
 * @param sampler position in the data
 * @param startDev Spearman correlation on the dev set before the first step; null if nobody asked
 * @param best highest Spearman correlation on the dev set so far; null if none was computed
 * @param bestStep after which that was
 * @param worseEvaluations since then
 */
record TrainingState(
    TrainingIdentity identity,
    long step,
    SamplerState sampler,
    Double startDev,
    Double best,
    long bestStep,
    int worseEvaluations) {

  private static final String STATE = "state.json";
  private static final String WEIGHTS = "weights.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String BEST = "best.safetensors";
  static final String METRICS = "metrics.jsonl";

  private static final String MEAN = "mean.";
  private static final String VARIANCE = "variance.";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes the state and what else it takes into an empty folder. */
  void write(Path folder, AdamW optimizer, Path best, Path metrics) throws IOException {
    writeWeights(folder.resolve(WEIGHTS), optimizer);
    SafetensorsWriter moments = new SafetensorsWriter(DType.F32);
    for (AdamW.State state : optimizer.states()) {
      add(moments, MEAN + state.parameter().path(), state.mean());
      add(moments, VARIANCE + state.parameter().path(), state.variance());
    }
    moments.write(folder.resolve(OPTIMIZER));
    if (Files.exists(best)) {
      Files.copy(best, folder.resolve(BEST));
    }
    Files.copy(metrics, folder.resolve(METRICS));
    JSON.writeValue(folder.resolve(STATE).toFile(), this);
  }

  /** Writes the model's weights as they are now. */
  static void writeWeights(Path file, AdamW optimizer) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(DType.F32);
    for (AdamW.State state : optimizer.states()) {
      add(writer, state.parameter().path(), state.parameter().values());
    }
    writer.write(file);
  }

  private static void add(SafetensorsWriter writer, String name, NDArray values) {
    writer.add(name, values.getShape().getShape(), values::toFloatArray);
  }

  /**
   * Reads {@code state.json}, and of the other files whether they are whole.
   *
   * @throws ModelException if a file is missing, cut off or not what its name says
   */
  static TrainingState read(Path folder) {
    Path file = folder.resolve(STATE);
    TrainingState state;
    try {
      state = JSON.readValue(file.toFile(), TrainingState.class);
    } catch (JsonProcessingException e) {
      throw new ModelException(STATE + " is no JSON of a training's state", e);
    } catch (IOException e) {
      throw new ModelException("Cannot read %s: %s".formatted(STATE, e.getMessage()), e);
    }
    if (state == null || state.identity == null || state.sampler == null) {
      throw new ModelException(STATE + " has no identity or no position in the data");
    }
    SafetensorsFile.open(folder.resolve(WEIGHTS));
    SafetensorsFile.open(folder.resolve(OPTIMIZER));
    if (state.best != null) {
      SafetensorsFile.open(folder.resolve(BEST));
    }
    if (!Files.isRegularFile(folder.resolve(METRICS))) {
      throw new ModelException(METRICS + " is missing");
    }
    return state;
  }

  /** Sets weights and moments to those of a folder, and fetches the other files. */
  static void restore(Path folder, AdamW optimizer, Path best, Path metrics) throws IOException {
    readWeights(folder.resolve(WEIGHTS), optimizer);
    Weights moments = SafetensorsFile.open(folder.resolve(OPTIMIZER));
    for (AdamW.State state : optimizer.states()) {
      set(state.mean(), moments, MEAN + state.parameter().path());
      set(state.variance(), moments, VARIANCE + state.parameter().path());
    }
    if (Files.exists(folder.resolve(BEST))) {
      Files.copy(folder.resolve(BEST), best, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.copy(folder.resolve(METRICS), metrics, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Sets the model's weights to those of a file. */
  static void readWeights(Path file, AdamW optimizer) {
    Weights weights = SafetensorsFile.open(file);
    for (AdamW.State state : optimizer.states()) {
      set(state.parameter().values(), weights, state.parameter().path());
    }
  }

  private static void set(NDArray values, Weights stored, String name) {
    float[] floats = stored.get(name).requireShape(values.getShape().getShape()).toFloats();
    Gradients.off(
        () -> {
          // Not NDArray.set, which does not change what libtorch's module has.
          try (NDArray source = values.getManager().create(floats, values.getShape())) {
            values.muli(0).addi(source);
          }
          return null;
        });
  }
}
