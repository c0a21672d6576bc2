package org.sbertspark.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sbertspark.model.DType;
import org.sbertspark.model.EncoderConfig;
import org.sbertspark.model.Json;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.SafetensorsWriter;
import org.sbertspark.model.Tensor;
import org.sbertspark.model.Weights;

/**
 * Writes what a training has made as a folder of sentence-transformers: the base's files, the new
 * weights as float32 under the names that transformers gives them, and a model card.
 */
public final class TrainedFolder {
  /** What a folder's training was, step by step; its writer puts it there. */
  public static final String METRICS = "metrics.jsonl";

  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG = "config.json";

  /** Of files that hold weights or programs made from them, or vectors that they gave. */
  private static final Set<String> STALE =
      Set.of(
          "safetensors",
          "bin",
          "pt",
          "pth",
          "ckpt",
          "h5",
          "msgpack",
          "ot",
          "onnx",
          "onnx_data",
          "pb",
          "tflite",
          "gguf",
          "npy",
          "npz");

  private static final Set<String> STALE_FILES =
      Set.of("README.md", "golden.json", METRICS, "data_config.json", "train_script.py");

  /** What evaluators of sentence-transformers write into a model's folder while it trains. */
  private static final Pattern RESULTS = Pattern.compile(".*(evaluation|_results).*[.]csv");

  private static final String SHARDS = ".index.json";

  /** Of the same model for other engines, and its results. */
  private static final Set<String> STALE_FOLDERS = Set.of("onnx", "openvino", "coreml", "eval");

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final ModelFolder base;
  private final Path folder;

  private TrainedFolder(ModelFolder base, Path folder) {
    this.base = base;
    this.folder = folder;
  }

  /**
   * Refuses a place where something is, best before a training begins.
   *
   * @throws IllegalArgumentException if it exists
   */
  public static void requireAbsent(Path target) {
    if (Files.exists(target)) {
      throw new IllegalArgumentException(
          "Cannot write the trained model to %s: it exists; choose another folder"
              .formatted(target));
    }
  }

  /**
   * Writes the folder beside its place, reads it once, and moves it there whole.
   *
   * @param base folder of the model that the training started from
   * @param target does not exist; its parents are made
   * @throws IllegalArgumentException if the target exists
   * @throws org.sbertspark.model.ModelException if trained values do not fit the base's tensors
   */
  public static void write(Path base, Path target, TrainedTensors trained, TrainingReport report)
      throws IOException {
    requireAbsent(target);
    Path place = target.toAbsolutePath().normalize();
    Files.createDirectories(place.getParent());
    Path temporary = place.resolveSibling("." + place.getFileName() + "." + UUID.randomUUID());
    try {
      Files.createDirectory(temporary);
      new TrainedFolder(ModelFolder.open(base), temporary).write(trained, report);
      requireAbsent(target);
      Files.move(temporary, place);
    } finally {
      delete(temporary);
    }
  }

  private void write(TrainedTensors trained, TrainingReport report) throws IOException {
    copyFiles();
    for (Map.Entry<String, Weights> module : base.moduleWeights().entrySet()) {
      writeWeights(module.getKey(), module.getValue(), trained);
    }
    writeModules();
    writeSettings(report.recipe().maxSeqLength());
    String card = ModelCard.of(ModelFolder.open(folder), report);
    Files.writeString(folder.resolve("README.md"), card, StandardCharsets.UTF_8);
  }

  private void copyFiles() throws IOException {
    Path from = base.folder();
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
            String name = visited.getFileName().toString();
            boolean skipped =
                !visited.equals(from) && (name.startsWith(".") || STALE_FOLDERS.contains(name));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            // A link of the hub's cache is no regular file here, but what it leads to is.
            if (Files.isRegularFile(file) && isKept(file.getFileName().toString())) {
              Path copy = folder.resolve(from.relativize(file).toString());
              Files.createDirectories(copy.getParent());
              try (InputStream in = Files.newInputStream(file)) {
                Files.copy(in, copy); // without the permissions: the base may be read-only
              }
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static boolean isKept(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && !STALE_FILES.contains(name)
        && !name.endsWith(SHARDS)
        && !RESULTS.matcher(name).matches()
        && !STALE.contains(extension);
  }

  private void writeWeights(String module, Weights weights, TrainedTensors trained)
      throws IOException {
    UnaryOperator<String> rename = UnaryOperator.identity();
    String prefix = "";
    if (weights == base.weights() && base.encoder() instanceof EncoderConfig config) {
      prefix = config.family().tensors().prefix(weights);
      int begin = prefix.length();
      rename = name -> presentName(name.substring(begin));
    }
    SafetensorsWriter writer = new SafetensorsWriter(DType.F32);
    for (String name : weights.names()) {
      // What has not the prefix is the head of another task; whole numbers are buffers.
      if (name.startsWith(prefix)) {
        Tensor before = weights.get(name);
        if (before.dtype().isFloat()) {
          writer.addTensor(
              rename.apply(name),
              before.shape(),
              () -> trained.tensor(module, name).orElseGet(() -> weights.get(name)));
        }
      }
    }
    Path file = folder.resolve(module).resolve(WEIGHTS);
    Files.createDirectories(file.getParent());
    writer.write(file);
  }

  /** Layer norms were once named otherwise. */
  private static String presentName(String name) {
    return name.replaceFirst("\\.gamma$", ".weight").replaceFirst("\\.beta$", ".bias");
  }

  /** A plain Hugging Face folder gets said what it was taken for: pooling by the mean. */
  private void writeModules() throws IOException {
    Path modules = folder.resolve(ModulesJson.FILE);
    if (!Files.exists(modules)) {
      Files.writeString(modules, ModulesJson.transformerAnd(List.of("Pooling")));
      Path pooling = folder.resolve(ModulesJson.POOLING_FILE);
      Files.createDirectories(pooling.getParent());
      Files.writeString(pooling, ModulesJson.meanPooling(base.encoder().hiddenSize()));
    }
  }

  private void writeSettings(int maxSeqLength) throws IOException {
    Path encoder = folder.resolve(base.moduleWeights().keySet().iterator().next());
    if (Files.exists(encoder.resolve(CONFIG))) {
      ObjectNode config = (ObjectNode) Json.read(encoder.resolve(CONFIG));
      for (String key : List.of("torch_dtype", "dtype")) {
        if (config.has(key)) {
          config.put(key, "float32");
        }
      }
      write(encoder.resolve(CONFIG), config);
    }
    // Older versions of sentence-transformers open both without asking whether they are there.
    Path file = ModelFolder.transformerSettingsFile(encoder);
    if (base.encoder() instanceof EncoderConfig && (maxSeqLength > 0 || !Files.exists(file))) {
      ObjectNode settings =
          Files.exists(file)
              ? (ObjectNode) Json.read(file)
              : JSON.createObjectNode()
                  .put("max_seq_length", base.maxSeqLength())
                  .put("do_lower_case", base.doLowerCase());
      write(file, maxSeqLength > 0 ? settings.put("max_seq_length", maxSeqLength) : settings);
    }
    Path prompts = folder.resolve(RobertaFolder.PROMPTS_FILE);
    if (!Files.exists(prompts)) {
      Files.writeString(prompts, RobertaFolder.SENTENCE_TRANSFORMERS, StandardCharsets.UTF_8);
    }
  }

  private static void write(Path file, ObjectNode json) throws IOException {
    Files.writeString(file, JSON.writeValueAsString(json) + "\n", StandardCharsets.UTF_8);
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
