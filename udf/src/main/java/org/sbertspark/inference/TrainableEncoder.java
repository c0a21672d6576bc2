package org.sbertspark.inference;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.ModuleSpec;
import org.sbertspark.torchscript.ArchiveTensor;
import org.sbertspark.torchscript.ModelCompiler;
import org.sbertspark.torchscript.Target;
import org.sbertspark.torchscript.TrainingProgram;

/**
 * A model in memory whose weights can be changed: its forward pass can be differentiated, and drops
 * while it trains. A copy of its own, never one of {@link SharedModels}. For one thread at a time.
 */
public final class TrainableEncoder implements AutoCloseable {
  private final Model model;
  private final TextTokenizer tokenizer;
  private final int dimension;
  private final int maxSeqLength;
  private final NDManager arrays;
  private final List<TrainedParameter> parameters;
  private final EncoderWork work;

  /**
   * Weights that are trained.
   *
   * @param path libtorch's name, see {@link TrainingProgram#parameters()}
   * @param stored the tensors of the model folder that they were read from
   * @param values in place: who changes them changes the model
   */
  public record TrainedParameter(String path, ArchiveTensor stored, NDArray values) {}

  private TrainableEncoder(
      ModelFolder folder, TrainingProgram program, Model model, TextTokenizer tokenizer, int max) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.dimension = folder.dimension();
    this.maxSeqLength = max;
    this.arrays = model.getNDManager().newSubManager();
    this.parameters = trained(folder, program, model);
    this.work =
        folder.encoder() instanceof EncoderConfig config
            ? EncoderWork.of(config)
            : EncoderWork.NONE;
  }

  /**
   * Compiles a model for training and loads it.
   *
   * @param maxSeqLength tokens a text may have, special tokens included; 0: as the model says
   * @throws ModelException if the folder is no model, or the device is not there
   */
  public static TrainableEncoder load(ModelFolder folder, ComputeDevice device, int maxSeqLength) {
    int most = folder.encoder().positionCapacity();
    if (maxSeqLength > most) {
      throw new IllegalArgumentException(
          "maxSeqLength is %d, expected at most %d for model %s"
              .formatted(maxSeqLength, most, folder.name()));
    }
    TrainingProgram program = ModelCompiler.compileForTraining(folder);
    TextTokenizer tokenizer =
        new TextTokenizer(
            folder.tokenizerJson(), folder.doLowerCase(), folder.encoder().framesTexts());
    Model model = null;
    try {
      model = TorchEngine.newModel(folder.name(), device);
      Path archive = Files.createTempFile(CacheFolder.get(), ".training", ".pt");
      try {
        TorchArchive.write(program.compiled(), Target.PLAIN, archive);
        model.load(archive, null, Map.of("mapLocation", "true", "trainParam", "true"));
      } finally {
        Files.deleteIfExists(archive);
      }
      // DJL takes a new module to be in training mode, and switches only when that changes.
      JniUtils.enableTrainingMode((PtSymbolBlock) model.getBlock());
      return new TrainableEncoder(
          folder,
          program,
          model,
          tokenizer,
          maxSeqLength == 0 ? folder.maxSeqLength() : maxSeqLength);
    } catch (IOException | ai.djl.ModelException | RuntimeException e) {
      tokenizer.close();
      if (model != null) {
        model.close();
      }
      if (e instanceof ModelException known) {
        throw known;
      }
      throw new ModelException(
          "Cannot load model %s on %s for training: %s"
              .formatted(folder.name(), device, EncodingException.reason(e)),
          e);
    }
  }

  private static List<TrainedParameter> trained(
      ModelFolder folder, TrainingProgram program, Model model) {
    List<TrainedParameter> trained = new ArrayList<>();
    for (Parameter parameter : model.getBlock().getParameters().values()) {
      String path = parameter.getName();
      ArchiveTensor stored = program.parameters().get(path);
      if (stored == null) {
        throw new IllegalStateException("The program has an unknown parameter " + path);
      }
      if (isStored(folder, path, stored)) {
        trained.add(new TrainedParameter(path, stored, parameter.getArray()));
      }
    }
    return List.copyOf(trained);
  }

  /** Of what the folder does not have, such as a bias of zeros, training could not be kept. */
  private static boolean isStored(ModelFolder folder, String path, ArchiveTensor stored) {
    if (!path.startsWith(TrainingProgram.MODULE)) {
      return true;
    }
    int place =
        Integer.parseInt(path.substring(TrainingProgram.MODULE.length(), path.indexOf('.')));
    return !(folder.modules().get(place) instanceof ModuleSpec.Dense dense)
        || dense.weights().has(stored.parts().get(0).name());
  }

  /** Those that training changes; always in the same order. */
  public List<TrainedParameter> parameters() {
    return parameters;
  }

  public int dimension() {
    return dimension;
  }

  /** Where parameters live; arrays made of it live as long as the encoder, or until closed. */
  public NDManager arrays() {
    return arrays;
  }

  /** The arithmetic of a forward pass. */
  public EncoderWork work() {
    return work;
  }

  /** Token ids of a text as {@link SentenceEncoder} gives them to the model, cut if it is long. */
  public long[] tokenIds(String text) {
    return tokenizer.truncate(tokenizer.ids(tokenizer.canonical(text), maxSeqLength), maxSeqLength);
  }

  /**
   * One forward pass.
   *
   * @param to what the result belongs to, and all arrays on the way
   * @param sequences token ids of all texts
   * @param places which of them to encode
   * @param training whether to drop
   * @return {@code [places, dimension]}, row i for place i; differentiable if gradients are kept
   *     ({@link Gradients})
   */
  public NDArray encode(NDManager to, long[][] sequences, int[] places, boolean training) {
    TokenBatch batch = TokenBatch.of(sequences, places);
    NDList inputs = new NDList(to.create(batch.ids()), to.create(batch.lengths()), to.create(0L));
    return model
        .getBlock()
        .forward(new ParameterStore(to, false), inputs, training)
        .singletonOrThrow();
  }

  /**
   * Cuts texts into forward passes.
   *
   * @param lengths tokens of each text
   * @param tokenBudget tokens of one pass
   * @return places in {@code lengths}, each in exactly one pass
   */
  public static List<int[]> passes(int[] lengths, int tokenBudget) {
    return BatchPlanner.unpadded(lengths, tokenBudget);
  }

  @Override
  public void close() {
    arrays.close();
    tokenizer.close();
    model.close();
  }
}
