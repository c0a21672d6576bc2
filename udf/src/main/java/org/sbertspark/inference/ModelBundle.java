package org.sbertspark.inference;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.torchscript.CompiledModel;
import org.sbertspark.torchscript.CompiledModel.Program;
import org.sbertspark.torchscript.ModelCompiler;
import org.sbertspark.torchscript.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A compiled model as one file: weights, programs, tokenizer, specification, golden texts. It is
 * what travels to executors and into saved pipelines. Immutable; the object holds only the
 * specification.
 *
 * <p>The file is an uncompressed zip: {@code bundle.json}, {@code tokenizer.json}, {@code
 * golden.json}, {@code programs/<target>/code.py} and {@code data.pkl}, and the tensors' bytes
 * {@code data/<key>}, float32, once for all programs.
 */
public final class ModelBundle {

  /** The ending of a bundle's file name. */
  public static final String FILE_SUFFIX = ".sbert";

  /** Rises whenever the layout or the compiled programs change; part of the file's name. */
  private static final int FORMAT = 1;

  private static final Logger LOG = LoggerFactory.getLogger(ModelBundle.class);
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Path file;
  private final BundleSpec spec;
  private final String name;

  private ModelBundle(Path file, BundleSpec spec, String name) {
    this.file = file;
    this.spec = spec;
    this.name = name;
  }

  /**
   * Opens a bundle file and reads its specification.
   *
   * @throws ModelException if it is no bundle, or one of another format version
   */
  public static ModelBundle open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ModelException("There is no model bundle " + file);
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      BundleSpec spec = JSON.readValue(bytes(zip, "bundle.json"), BundleSpec.class);
      if (spec.format() != FORMAT) {
        throw new ModelException(
            "Model bundle %s has format %d, this version reads format %d: make it again"
                .formatted(file, spec.format(), FORMAT));
      }
      return new ModelBundle(file, spec, spec.name());
    } catch (ZipException e) {
      throw new ModelException(
          "Cannot open model bundle " + file + ": it is damaged or no bundle", e);
    } catch (IOException e) {
      throw new ModelException("Cannot open model bundle " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The bundle of a model folder: from the cache, or compiled into it. Safe when several processes
   * do the same at once. The cache is {@link CacheFolder#get()}. Reads the whole folder for its
   * fingerprint.
   *
   * @param folder a sentence-transformers folder
   * @throws ModelException if the folder is no model that can be compiled
   */
  public static ModelBundle of(Path folder) {
    return of(folder, folder.toAbsolutePath().normalize().getFileName().toString());
  }

  /**
   * As {@link #of(Path)}, for a folder that is not named after its model.
   *
   * @param name of the model, for messages
   */
  public static ModelBundle of(Path folder, String name) {
    ModelFolder model = ModelFolder.open(folder);
    String fingerprint = model.fingerprint();
    Path cache = CacheFolder.get();
    Path file = cached(fingerprint + "-" + FORMAT + FILE_SUFFIX);
    if (Files.exists(file)) {
      return open(file).named(name);
    }
    try {
      CacheLock.with(
          cache,
          fingerprint,
          () -> {
            if (!Files.exists(file)) {
              compile(model, name, fingerprint, file);
            }
            return file;
          });
    } catch (ModelException e) {
      throw e;
    } catch (Exception e) {
      throw new ModelException(
          "Cannot compile model %s into %s: %s".formatted(folder, file, e.getMessage()), e);
    }
    return open(file).named(name);
  }

  /** The file keeps the name that it was compiled under, perhaps from a copy of the folder. */
  private ModelBundle named(String name) {
    return new ModelBundle(file, spec, name);
  }

  private static Path cached(String fileName) {
    return CacheFolder.get().resolve("bundles").resolve(fileName);
  }

  /** This bundle in the cache, under its {@link #fileName()}; copied there if it was not. */
  public ModelBundle inCache() {
    Path copy = cached(fileName());
    try {
      if (!Files.exists(copy)) {
        AtomicFile.write(copy, to -> Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING));
      }
    } catch (IOException e) {
      throw new ModelException(
          "Cannot copy model bundle %s to %s: %s".formatted(file, copy, e.getMessage()), e);
    }
    return open(copy);
  }

  private static void compile(ModelFolder model, String name, String fingerprint, Path file)
      throws IOException {
    long start = System.nanoTime();
    CompiledModel compiled = ModelCompiler.compile(model);
    BundleSpec spec =
        new BundleSpec(
            FORMAT,
            fingerprint,
            name,
            model.encoder().modelType(),
            model.dimension(),
            model.maxSeqLength(),
            model.encoder().positionCapacity(),
            model.doLowerCase(),
            model.encoder().padTokenId(),
            model.encoder().framesTexts(),
            model.poolsPrompt(),
            model.prompts().texts(),
            model.prompts().defaultName().orElse(null),
            compiled.parameters(),
            compiled.programs().keySet().stream().map(Target::id).sorted().toList());
    GoldenTexts golden = golden(spec, model, compiled, file);
    AtomicFile.write(
        file,
        temporary -> {
          try (StoredZip zip = new StoredZip(temporary)) {
            zip.add("bundle.json", JSON.writeValueAsBytes(spec));
            zip.add("tokenizer.json", model.tokenizerJson());
            zip.add("golden.json", JSON.writeValueAsBytes(golden));
            for (Map.Entry<Target, Program> program : compiled.programs().entrySet()) {
              String folder = "programs/" + program.getKey().id() + "/";
              zip.add(
                  folder + "code.py", program.getValue().code().getBytes(StandardCharsets.UTF_8));
              zip.add(folder + "data.pkl", program.getValue().pickle());
            }
            addTensors(zip, "data/", compiled);
          }
        });
    LOG.info(
        "Compiled model {} ({} weights) in {} ms: {}",
        spec.name(),
        spec.parameters(),
        (System.nanoTime() - start) / 1_000_000,
        file);
  }

  /**
   * What the plain program, which everything else is measured against, computes on this machine.
   */
  private static GoldenTexts golden(
      BundleSpec spec, ModelFolder model, CompiledModel compiled, Path bundle) throws IOException {
    Files.createDirectories(bundle.getParent());
    Path archive = Files.createTempFile(bundle.getParent(), ".golden", ".pt");
    try {
      Program plain = compiled.programs().get(Target.PLAIN);
      try (TorchArchive out = new TorchArchive(archive)) {
        out.addProgram(plain.code().getBytes(StandardCharsets.UTF_8), plain.pickle());
        addTensors(out.zip(), TorchArchive.DATA, compiled);
      }
      try (LoadedModel loaded = LoadedModel.load(archive, model.tokenizerJson(), spec);
          SentenceEncoder encoder = loaded.newEncoder(EncoderOptions.DEFAULT)) {
        return new GoldenTexts(GoldenTexts.TEXTS, encoder.encode(GoldenTexts.TEXTS).vectors());
      }
    } finally {
      Files.deleteIfExists(archive);
    }
  }

  private static void addTensors(StoredZip zip, String folder, CompiledModel compiled)
      throws IOException {
    for (int key = 0; key < compiled.tensors().size(); key++) {
      var tensor = compiled.tensors().get(key);
      zip.add(folder + key, tensor.elements() * Float.BYTES, tensor::writeTo);
    }
  }

  /** The TorchScript archive of one program, written at {@code archive}. */
  void writeArchive(Target target, Path archive) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile());
        TorchArchive out = new TorchArchive(archive)) {
      String programs = "programs/" + target.id() + "/";
      out.addProgram(bytes(zip, programs + "code.py"), bytes(zip, programs + "data.pkl"));
      for (ZipEntry entry : zip.stream().filter(e -> e.getName().startsWith("data/")).toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          String key = entry.getName().substring("data/".length());
          out.zip().copy(TorchArchive.DATA + key, entry, in);
        }
      }
    }
  }

  byte[] tokenizerJson() throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return bytes(zip, "tokenizer.json");
    }
  }

  GoldenTexts golden() throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return JSON.readValue(bytes(zip, "golden.json"), GoldenTexts.class);
    }
  }

  private static byte[] bytes(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new ZipException("no entry " + name);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  public Path file() {
    return file;
  }

  /** The name under which the file travels: unique for model and format version. */
  public String fileName() {
    return spec.fingerprint() + "-" + spec.format() + FILE_SUFFIX;
  }

  /** 64 hexadecimal digits over everything that decides the vectors. */
  public String fingerprint() {
    return spec.fingerprint();
  }

  /** The model's name: on the hub, or that of its folder. */
  public String name() {
    return name;
  }

  public int dimension() {
    return spec.dimension();
  }

  /** Tokens a text may have, special tokens included, as the model says. */
  public int maxSeqLength() {
    return spec.maxSeqLength();
  }

  /** The most tokens that a text may have, special tokens included, whatever the options say. */
  public int positionCapacity() {
    return spec.positionCapacity();
  }

  /** The model_type of config.json. */
  public String modelType() {
    return spec.modelType();
  }

  /** The model's prompts by name, such as {@code query} and {@code passage}. */
  public Map<String, String> prompts() {
    return Map.copyOf(spec.prompts());
  }

  /** The name of the prompt that is used where none is asked for. */
  public Optional<String> defaultPromptName() {
    return Optional.ofNullable(spec.defaultPromptName());
  }

  /** The number of weights; four bytes each when loaded. */
  public long parameters() {
    return spec.parameters();
  }

  BundleSpec spec() {
    return spec;
  }

  Set<String> targets() {
    return Set.copyOf(spec.targets());
  }
}
