package org.sbertspark.inference;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.model.Sha256;
import org.sbertspark.torchscript.CompiledModel;
import org.sbertspark.torchscript.CompiledModel.Program;
import org.sbertspark.torchscript.ModelCompiler;
import org.sbertspark.torchscript.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the files that {@link ModelBundle} reads, those of ready archives apart. */
final class BundleWriter {
  private static final Logger LOG = LoggerFactory.getLogger(BundleWriter.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private BundleWriter() {}

  /** Compiles a model folder into a bundle file. */
  static void compile(ModelFolder model, String name, String fingerprint, Path file)
      throws IOException {
    long start = System.nanoTime();
    CompiledModel compiled = ModelCompiler.compile(model);
    BundleSpec spec =
        new BundleSpec(
            ModelBundle.FORMAT,
            "",
            ModelDescription.of(model, fingerprint, compiled.parameters()).withName(name),
            model.encoder().padTokenId(),
            model.encoder().framesTexts(),
            model.poolsPrompt(),
            compiled.programs().keySet().stream().map(Target::id).sorted().toList(),
            null);
    GoldenTexts golden =
        golden(
            spec,
            model.tokenizerJson(),
            GoldenTexts.TEXTS,
            file.getParent(),
            archive -> TorchArchive.write(compiled, Target.PLAIN, archive));
    AtomicFile.write(
        file,
        temporary -> {
          try (StoredZip zip = new StoredZip(temporary)) {
            addHead(zip, spec, model.tokenizerJson(), golden);
            for (Map.Entry<Target, Program> program : compiled.programs().entrySet()) {
              String folder = "programs/" + program.getKey().id() + "/";
              zip.add(
                  folder + "code.py", program.getValue().code().getBytes(StandardCharsets.UTF_8));
              zip.add(folder + "data.pkl", program.getValue().pickle());
            }
            TorchArchive.addTensors(zip, "data/", compiled);
          }
        });
    LOG.info(
        "Compiled model {} ({} weights) in {} ms: {}",
        spec.model().name(),
        spec.model().parameters(),
        (System.nanoTime() - start) / 1_000_000,
        file);
  }

  /**
   * What the plain program, which everything else is measured against, computes on this machine.
   *
   * @param folder for its archive, which is deleted again
   */
  private static GoldenTexts golden(
      BundleSpec spec,
      byte[] tokenizerJson,
      List<String> texts,
      Path folder,
      AtomicFile.Content plainArchive)
      throws IOException {
    Files.createDirectories(folder);
    Path archive = Files.createTempFile(folder, ".golden", ".pt");
    try {
      plainArchive.writeTo(archive);
      return golden(archive, tokenizerJson, spec, texts);
    } finally {
      Files.deleteIfExists(archive);
    }
  }

  /** What an archive computes on this machine. */
  static GoldenTexts golden(
      Path archive, byte[] tokenizerJson, BundleSpec spec, List<String> texts) {
    try (LoadedModel loaded = LoadedModel.load(archive, tokenizerJson, spec);
        SentenceEncoder encoder = loaded.newEncoder(EncoderOptions.DEFAULT)) {
      return new GoldenTexts(texts, encoder.encode(texts).vectors());
    }
  }

  /** Adds what every bundle begins with. */
  static void addHead(StoredZip zip, BundleSpec spec, byte[] tokenizerJson, GoldenTexts golden)
      throws IOException {
    zip.add(ModelBundle.SPEC, JSON.writeValueAsBytes(spec));
    zip.add(ModelBundle.TOKENIZER, tokenizerJson);
    zip.add(ModelBundle.GOLDEN, JSON.writeValueAsBytes(golden));
  }

  /**
   * Copies a bundle, with other golden texts.
   *
   * @param target is replaced if it exists
   */
  static void copyWithGolden(ModelBundle bundle, List<String> texts, Path target)
      throws IOException {
    Path absolute = target.toAbsolutePath();
    GoldenTexts golden =
        golden(
            bundle.spec(),
            bundle.tokenizerJson(),
            texts,
            absolute.getParent(),
            archive -> bundle.writeArchive(Target.PLAIN, archive));
    byte[] json = JSON.writeValueAsBytes(golden);
    BundleSpec own = bundle.spec().withGolden(goldenId(texts));
    AtomicFile.write(
        absolute,
        temporary -> {
          try (ZipFile from = new ZipFile(bundle.file().toFile());
              StoredZip to = new StoredZip(temporary)) {
            for (ZipEntry entry : from.stream().toList()) {
              switch (entry.getName()) {
                case ModelBundle.SPEC -> to.add(entry.getName(), JSON.writeValueAsBytes(own));
                case ModelBundle.GOLDEN -> to.add(entry.getName(), json);
                default -> {
                  try (InputStream in = from.getInputStream(entry)) {
                    to.copy(entry.getName(), entry, in);
                  }
                }
              }
            }
          }
        });
  }

  /** The same for the same texts. */
  private static String goldenId(List<String> texts) throws IOException {
    byte[] digest = Sha256.digest().digest(JSON.writeValueAsBytes(texts));
    return HexFormat.of().formatHex(digest, 0, 8);
  }
}
