package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A sentence-transformers model folder, read and checked, without its weights' bytes.
 *
 * @param folder where it lies
 * @param encoder the first module
 * @param maxSeqLength tokens a text may have, special tokens included
 * @param doLowerCase whether texts are lower-cased before the tokenizer
 * @param prompts texts to put in front, by name
 * @param modules what follows the Transformer, in order; the first is the pooling
 * @param weights of the encoder
 * @param tokenizerJson in the format of Hugging Face's tokenizer.json, without truncation and
 *     padding
 * @param tokenizerFiles those that the tokenizer was read from, relative to the folder
 * @param files all files that decide the vectors, without the tokenizer's; sorted, relative to the
 *     folder
 */
public record ModelFolder(
    Path folder,
    EncoderSpec encoder,
    int maxSeqLength,
    boolean doLowerCase,
    Prompts prompts,
    List<ModuleSpec> modules,
    Weights weights,
    byte[] tokenizerJson,
    List<Path> tokenizerFiles,
    List<Path> files) {

  private static final String CONFIG = "config.json";
  private static final String MODULES = "modules.json";
  private static final String SENTENCE_TRANSFORMERS_CONFIG = "config_sentence_transformers.json";

  private static final Set<String> ENCODERS = Set.of("Transformer", "StaticEmbedding");

  /** Modules behind the encoder that have weights. */
  private static final Set<String> WEIGHTED = Set.of("Dense", "LayerNorm");

  /** The Transformer's own settings: the present name and the older ones, first found wins. */
  private static final List<String> TRANSFORMER_CONFIGS =
      List.of(
          "sentence_bert_config.json",
          "sentence_roberta_config.json",
          "sentence_distilbert_config.json",
          "sentence_camembert_config.json",
          "sentence_albert_config.json",
          "sentence_xlm-roberta_config.json",
          "sentence_xlnet_config.json");

  public ModelFolder {
    modules = List.copyOf(modules);
    tokenizerFiles = List.copyOf(tokenizerFiles);
    files = List.copyOf(files);
  }

  /** The folder's own name, for people. */
  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** The length of the model's vectors. */
  public int dimension() {
    return modules.get(modules.size() - 1).outputDimension();
  }

  /** Whether a prompt's tokens take part in the pooling. */
  public boolean poolsPrompt() {
    return !(modules.get(0) instanceof ModuleSpec.Pooling pooling) || pooling.includePrompt();
  }

  /**
   * Reads a folder; what it lacks or what does not fit is told before anything large is read.
   *
   * @throws ModelException in one line
   */
  public static ModelFolder open(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ModelException(
          "There is no model folder "
              + folder
              + ": expected a sentence-transformers folder with config.json");
    }
    SortedSet<Path> files = new TreeSet<>();
    List<ModulePath> paths = modulePaths(folder, files);
    ModulePath first = paths.get(0);
    EncoderSpec encoder;
    JsonNode settings = Json.mapper().createObjectNode();
    WeightFiles weights;
    if (first.type().equals("StaticEmbedding")) {
      weights = WeightFiles.open(first.folder());
      encoder = StaticEmbedding.read(weights);
    } else {
      encoder = encoderConfig(folder, first.folder(), files);
      settings = transformerSettings(first.folder(), files);
      weights = WeightFiles.open(first.folder());
    }
    files.addAll(weights.files());
    return new ModelFolder(
        folder,
        encoder,
        maxSeqLength(settings, encoder, first.folder(), files),
        settings.path("do_lower_case").asBoolean(false),
        prompts(folder, files),
        modules(paths, encoder, files),
        weights,
        TokenizerJson.read(first.folder()),
        relative(folder, TokenizerJson.files(first.folder())),
        relative(folder, files));
  }

  /**
   * The weights of the modules that have some, by the module's folder, relative to this one and
   * empty for this one, in the order of the modules: the encoder's come first.
   */
  public Map<String, Weights> moduleWeights() {
    SortedSet<Path> seen = new TreeSet<>();
    List<ModulePath> paths = modulePaths(folder, seen);
    Map<String, Weights> weights = new LinkedHashMap<>();
    for (ModulePath path : paths) {
      if (weights.isEmpty() || WEIGHTED.contains(path.type())) {
        String name =
            folder.normalize().relativize(path.folder().normalize()).toString().replace('\\', '/');
        weights.put(name, weights.isEmpty() ? this.weights : weights(path, seen));
      }
    }
    return weights;
  }

  private static List<Path> relative(Path folder, Collection<Path> files) {
    return files.stream().map(folder::relativize).toList();
  }

  private static EncoderConfig encoderConfig(Path folder, Path transformer, SortedSet<Path> files) {
    Path file = transformer.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new ModelException("Cannot load model " + folder + ": it has no " + CONFIG);
    }
    files.add(file);
    return EncoderConfig.read(Json.object(file), file.toString());
  }

  /** A module of modules.json: its type's last word, and where its files lie. */
  private record ModulePath(String type, Path folder) {}

  private static List<ModulePath> modulePaths(Path folder, SortedSet<Path> files) {
    Path modulesFile = folder.resolve(MODULES);
    if (!Files.isRegularFile(modulesFile)) {
      // A plain Hugging Face folder: as in the reference, mean pooling and no Normalize.
      return List.of(new ModulePath("Transformer", folder));
    }
    files.add(modulesFile);
    JsonNode modules = Json.read(modulesFile);
    if (!modules.isArray() || modules.isEmpty()) {
      throw new ModelException(modulesFile + ": expected an array of modules");
    }
    List<ModulePath> paths = new ArrayList<>();
    for (JsonNode module : modules) {
      String type = module.path("type").asText("");
      if (!type.matches("sentence_transformers\\.([A-Za-z_]+\\.)*[A-Za-z]+")) {
        throw new ModelException(
            "%s: module type %s is not supported"
                .formatted(modulesFile, Json.brief(module.path("type"))));
      }
      Path path = folder.resolve(module.path("path").asText("")).normalize();
      if (!path.startsWith(folder.normalize())) {
        throw new ModelException(
            "%s: module path %s leads out of the folder"
                .formatted(modulesFile, Json.brief(module.path("path"))));
      }
      paths.add(new ModulePath(type.substring(type.lastIndexOf('.') + 1), path));
    }
    if (!ENCODERS.contains(paths.get(0).type())) {
      throw new ModelException(
          "%s: the first module is %s, expected Transformer or StaticEmbedding"
              .formatted(modulesFile, paths.get(0).type()));
    }
    return paths;
  }

  private static JsonNode transformerSettings(Path transformer, SortedSet<Path> files) {
    Path file = transformerSettingsFile(transformer);
    if (Files.isRegularFile(file)) {
      files.add(file);
      return Json.object(file);
    }
    return Json.mapper().createObjectNode();
  }

  /** Where the settings of the Transformer in this folder are, or would be. */
  public static Path transformerSettingsFile(Path transformer) {
    return TRANSFORMER_CONFIGS.stream()
        .map(transformer::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(transformer.resolve(TRANSFORMER_CONFIGS.get(0)));
  }

  private static Prompts prompts(Path folder, SortedSet<Path> files) {
    Path file = folder.resolve(SENTENCE_TRANSFORMERS_CONFIG);
    if (!Files.isRegularFile(file)) {
      return Prompts.NONE;
    }
    files.add(file);
    return Prompts.read(Json.object(file), file.toString());
  }

  private static int maxSeqLength(
      JsonNode settings, EncoderSpec encoder, Path transformer, SortedSet<Path> files) {
    int capacity = encoder.positionCapacity();
    if (encoder instanceof StaticEmbedding) {
      return capacity;
    }
    if (settings.hasNonNull("max_seq_length")) {
      // The reference would fail on texts beyond the position table.
      return Math.min(Json.positiveInt(settings, "max_seq_length", "max_seq_length"), capacity);
    }
    Path tokenizerConfig = transformer.resolve("tokenizer_config.json");
    if (!Files.isRegularFile(tokenizerConfig)) {
      return capacity;
    }
    files.add(tokenizerConfig);
    // "No limit" is written as 1e30.
    double limit = Json.object(tokenizerConfig).path("model_max_length").asDouble(capacity);
    return (int) Math.max(1, Math.min(capacity, limit));
  }

  private static List<ModuleSpec> modules(
      List<ModulePath> paths, EncoderSpec encoder, SortedSet<Path> files) {
    int dimension = encoder.hiddenSize();
    List<ModuleSpec> modules = new ArrayList<>();
    boolean isStatic = encoder instanceof StaticEmbedding;
    if (isStatic || paths.size() == 1) {
      modules.add(new ModuleSpec.Pooling(List.of(PoolingMode.MEAN), dimension, true));
    }
    for (ModulePath path : paths.subList(1, paths.size())) {
      ModuleSpec module = module(path, modules.isEmpty(), dimension, files);
      modules.add(module);
      dimension = module.outputDimension();
    }
    return modules;
  }

  private static ModuleSpec module(
      ModulePath path, boolean first, int dimension, SortedSet<Path> files) {
    if (path.type().equals("Pooling") != first) {
      throw new ModelException(
          "%s: module %s is not supported at this place, expected Transformer, Pooling, then others"
              .formatted(MODULES, path.type()));
    }
    return switch (path.type()) {
      case "Pooling" -> {
        Path file = config(path, files);
        ModuleSpec.Pooling pooling = ModuleSpec.Pooling.read(Json.object(file), file.toString());
        requireInput(pooling.tokenDimension(), dimension, "word_embedding_dimension", file);
        yield pooling;
      }
      case "Dense" -> {
        Path file = config(path, files);
        ModuleSpec.Dense dense =
            ModuleSpec.Dense.read(Json.object(file), weights(path, files), file.toString());
        requireInput(dense.inputDimension(), dimension, "in_features", file);
        yield dense;
      }
      case "LayerNorm" -> {
        Path file = config(path, files);
        int size = Json.positiveInt(Json.object(file), "dimension", file.toString());
        requireInput(size, dimension, "dimension", file);
        yield new ModuleSpec.LayerNorm(size, weights(path, files));
      }
      // Its folder has no files, and often does not exist.
      case "Normalize" -> new ModuleSpec.Normalize(dimension);
      default ->
          throw new ModelException(
              "%s: module %s is not supported".formatted(MODULES, path.type()));
    };
  }

  private static Path config(ModulePath module, SortedSet<Path> files) {
    Path file = module.folder().resolve(CONFIG);
    files.add(file);
    return file;
  }

  private static Weights weights(ModulePath module, SortedSet<Path> files) {
    WeightFiles weights = WeightFiles.open(module.folder());
    files.addAll(weights.files());
    return weights;
  }

  private static void requireInput(int declared, int actual, String key, Path file) {
    if (declared != actual) {
      throw new ModelException(
          "%s: %s is %d, but the module before it gives %d".formatted(file, key, declared, actual));
    }
  }

  /**
   * What decides the vectors, as 64 hexadecimal digits: SHA-256 over the names, lengths and bytes
   * of {@link #files} and over the tokenizer. Reads them all.
   */
  public String fingerprint() {
    MessageDigest digest = Sha256.digest();
    digest.update(tokenizerJson);
    byte[] buffer = new byte[1 << 16];
    for (Path file : files) {
      Path path = folder.resolve(file);
      try (InputStream in = new DigestInputStream(Files.newInputStream(path), digest)) {
        byte[] name = file.toString().replace('\\', '/').getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(name.length).array());
        digest.update(name);
        digest.update(ByteBuffer.allocate(8).putLong(Files.size(path)).array());
        while (in.read(buffer) >= 0) {
          // Reading feeds the digest.
        }
      } catch (IOException e) {
        throw new ModelException("Cannot read " + path + ": " + e.getMessage(), e);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
