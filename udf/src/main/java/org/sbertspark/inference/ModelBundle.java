package org.sbertspark.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.ServingFolder;
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
 * {@code data/<key>}, float32, once for all programs; or, of a model that came compiled, {@code
 * archive.pt} in place of programs and tensors.
 */
public final class ModelBundle {

  /** The ending of a bundle's file name. */
  public static final String FILE_SUFFIX = ".sbert";

  /**
   * Rises whenever the layout or the compiled programs change (a test tells); part of the file's
   * name.
   */
  static final int FORMAT = 7;

  static final String SPEC = "bundle.json";
  static final String TOKENIZER = "tokenizer.json";
  static final String GOLDEN = "golden.json";

  /** A ready archive, in place of programs and tensors. */
  static final String ARCHIVE = "archive.pt";

  private static final Logger LOG = LoggerFactory.getLogger(ModelBundle.class);
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Path file;
  private final BundleSpec spec;

  private ModelBundle(Path file, BundleSpec spec) {
    this.file = file;
    this.spec = spec;
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
      JsonNode json = JSON.readTree(bytes(zip, SPEC));
      int format = json.path("format").asInt();
      if (format != FORMAT) {
        throw new ModelException(
            "Model bundle %s has format %d, this version reads format %d: make it again"
                .formatted(file, format, FORMAT));
      }
      return new ModelBundle(file, JSON.treeToValue(json, BundleSpec.class));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /**
   * The bundle of a model folder: from the cache, or compiled into it. Safe when several processes
   * do the same at once. The cache is {@link CacheFolder#get()}. Reads the whole folder for its
   * fingerprint.
   *
   * @param folder a sentence-transformers folder, or one with a ready TorchScript archive and DJL's
   *     serving.properties
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
    if (ServingFolder.isOne(folder)) {
      ServingFolder model = ServingFolder.open(folder);
      String fingerprint = model.fingerprint();
      return made(folder, name, fingerprint, file -> ReadyBundle.write(model, fingerprint, file));
    }
    ModelFolder model = ModelFolder.open(folder);
    String fingerprint = model.fingerprint();
    return made(
        folder, name, fingerprint, file -> BundleWriter.compile(model, name, fingerprint, file));
  }

  private static ModelBundle made(
      Path folder, String name, String fingerprint, AtomicFile.Content maker) {
    Path cache = CacheFolder.get();
    Path file = cached(fingerprint + "-" + FORMAT + FILE_SUFFIX);
    try {
      if (ZipChecksums.hold(file)) {
        return open(file).named(name);
      }
      CacheLock.with(
          cache,
          fingerprint,
          () -> {
            if (!ZipChecksums.hold(file)) {
              tellOfDamage(file);
              maker.writeTo(file);
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

  /** Says that a file of the cache, if it is there, is made again. */
  static void tellOfDamage(Path file) {
    if (Files.exists(file)) {
      LOG.warn("{} is damaged: its checksums do not hold; it is made again", file);
    }
  }

  /** The file keeps the name that it was compiled under, perhaps from a copy of the folder. */
  private ModelBundle named(String name) {
    return new ModelBundle(file, spec.withName(name));
  }

  /**
   * What a model folder or a bundle file says of itself. Writes no bundle and loads no library, but
   * reads the whole folder for its fingerprint. Of a ready archive the bundle is made: nothing but
   * the program tells its dimension.
   *
   * @throws ModelException if it is no model that can be compiled
   */
  public static ModelDescription describe(Path model) {
    if (!Files.isDirectory(model)) {
      return open(model).description();
    }
    if (ServingFolder.isOne(model)) {
      return of(model).description();
    }
    ModelFolder folder = ModelFolder.open(model);
    return ModelDescription.of(
        folder, folder.fingerprint(), ModelCompiler.compile(folder).parameters());
  }

  private static Path cached(String fileName) {
    return CacheFolder.get().resolve("bundles").resolve(fileName);
  }

  /** This bundle in the cache, under its {@link #fileName()}; copied there if it was not. */
  public ModelBundle inCache() {
    Path copy = cached(fileName());
    try {
      if (!ZipChecksums.hold(copy)) {
        tellOfDamage(copy);
        AtomicFile.write(copy, to -> AtomicFile.copy(file, to));
      }
    } catch (IOException e) {
      throw new ModelException(
          "Cannot copy model bundle %s to %s: %s".formatted(file, copy, e.getMessage()), e);
    }
    return open(copy);
  }

  /**
   * Writes this bundle with other golden texts. It stands beside the usual one in a cache, under a
   * {@link #fileName()} of its own.
   *
   * @param texts at least one; they can be read by whoever has the file
   * @param target is replaced if it exists
   */
  public ModelBundle withGolden(List<String> texts, Path target) {
    try {
      BundleWriter.copyWithGolden(this, texts, target);
      return open(target);
    } catch (IOException e) {
      throw new ModelException(
          "Cannot write model bundle %s: %s".formatted(target, e.getMessage()), e);
    }
  }

  /** The TorchScript archive of one program, written at {@code archive}. */
  void writeArchive(Target target, Path archive) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry ready = zip.getEntry(ARCHIVE);
      if (ready == null) {
        writeProgram(target, zip, archive);
        return;
      }
      try (InputStream in = zip.getInputStream(ready);
          OutputStream out = Files.newOutputStream(archive)) {
        in.transferTo(out);
      }
    } catch (ZipException | EOFException e) {
      throw unreadable(file, e);
    }
  }

  private static void writeProgram(Target target, ZipFile zip, Path archive) throws IOException {
    try (TorchArchive out = new TorchArchive(archive)) {
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

  byte[] tokenizerJson() {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return bytes(zip, TOKENIZER);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  TextTokenizer tokenizer() {
    return TextTokenizer.of(tokenizerJson(), spec);
  }

  /** The texts that are computed again wherever the bundle is loaded. */
  public GoldenTexts golden() {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return JSON.readValue(bytes(zip, GOLDEN), GoldenTexts.class);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static ModelException unreadable(Path file, IOException e) {
    boolean damaged =
        e instanceof ZipException
            || e instanceof EOFException
            || e instanceof JsonProcessingException;
    return new ModelException(
        "Cannot read model bundle %s: %s"
            .formatted(file, damaged ? "it is damaged or no bundle" : e.getMessage()),
        e);
  }

  private static byte[] bytes(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    // Stored: what it claims to hold cannot be more than the file has.
    if (entry == null || entry.getMethod() != ZipEntry.STORED) {
      throw new ZipException("no uncompressed entry " + name);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  public Path file() {
    return file;
  }

  /** The name under which the file travels: unique for model, format version and golden texts. */
  public String fileName() {
    String golden = spec.goldenId().isEmpty() ? "" : "-" + spec.goldenId();
    return spec.model().fingerprint() + "-" + spec.format() + golden + FILE_SUFFIX;
  }

  /** The name of a program's archive in a cache; golden texts are no part of it. */
  String archiveName(Target target) {
    return spec.model().fingerprint() + "-" + spec.format() + "-" + target.id() + ".pt";
  }

  /** What the model is, for people. */
  public ModelDescription description() {
    return spec.model();
  }

  /** 64 hexadecimal digits over everything that decides the vectors in float32. */
  public String fingerprint() {
    return spec.model().fingerprint();
  }

  /** As {@link #fingerprint()}, for the vectors in this precision. */
  public String fingerprint(Precision precision) {
    return precision.fingerprint(fingerprint());
  }

  /**
   * Refuses a precision that this model has no program for, whatever the machine.
   *
   * @throws ModelException if it has none
   */
  public void requirePrecision(Precision precision) {
    if (spec.ready() != null && precision != Precision.FLOAT32) {
      throw new ModelException(
          ("Cannot use model %s in %s: it came as a ready TorchScript archive, which computes as it"
                  + " was made; use float32, which leaves it as it is")
              .formatted(name(), precision));
    }
  }

  /** The model's name: on the hub, or that of its folder. */
  public String name() {
    return spec.model().name();
  }

  public int dimension() {
    return spec.model().dimension();
  }

  /** Tokens a text may have, special tokens included, as the model says. */
  public int maxSeqLength() {
    return spec.model().maxSeqLength();
  }

  /** The most tokens that a text may have, special tokens included, whatever the options say. */
  public int positionCapacity() {
    return spec.model().positionCapacity();
  }

  /**
   * Whether texts are stripped of blanks, and put into lower case where the {@link #description()}
   * says so, before they are tokenised: texts that are equal then have equal vectors.
   */
  public boolean framesTexts() {
    return spec.framesTexts();
  }

  /** The model_type of config.json. */
  public String modelType() {
    return spec.model().family();
  }

  /** The model's prompts by name, such as {@code query} and {@code passage}. */
  public Map<String, String> prompts() {
    return spec.model().prompts();
  }

  /** The name of the prompt that is used where none is asked for. */
  public Optional<String> defaultPromptName() {
    return Optional.ofNullable(spec.model().defaultPromptName());
  }

  /** The text of the default prompt; empty where the model has none. */
  public String defaultPrompt() {
    return spec.model().defaultPrompt();
  }

  /**
   * The prompt of this name.
   *
   * @throws IllegalArgumentException if the model has none of the name
   */
  public String prompt(String promptName) {
    String prompt = prompts().get(promptName);
    if (prompt == null) {
      throw new IllegalArgumentException(
          "Cannot use prompt \"%s\": model %s has %s"
              .formatted(
                  promptName,
                  name(),
                  prompts().isEmpty()
                      ? "no prompts"
                      : "the prompts " + String.join(", ", new TreeSet<>(prompts().keySet()))));
    }
    return prompt;
  }

  /** The number of weights; four bytes each when loaded. */
  public long parameters() {
    return spec.model().parameters();
  }

  BundleSpec spec() {
    return spec;
  }

  Set<String> targets() {
    return Set.copyOf(spec.targets());
  }
}
