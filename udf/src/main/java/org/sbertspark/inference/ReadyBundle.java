package org.sbertspark.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.sbertspark.model.ModelDescription;
import org.sbertspark.model.ModelDescription.ModuleDescription;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ServingFolder;
import org.sbertspark.torchscript.Target;

/** Makes the bundle of a model that came as a TorchScript archive. */
final class ReadyBundle {
  private ReadyBundle() {}

  /**
   * @param file the bundle to write
   * @throws ModelException if libtorch refuses the program, or it gives no vectors
   */
  static void write(ServingFolder model, String fingerprint, Path file) throws IOException {
    // Only the program tells its dimension: it is loaded once to ask, and again to be used.
    BundleSpec unknown = spec(model, fingerprint, 1);
    int dimension;
    try (LoadedModel loaded = LoadedModel.load(model.archive(), model.tokenizerJson(), unknown)) {
      dimension = loaded.readyDimension();
    }
    BundleSpec spec = spec(model, fingerprint, dimension);
    GoldenTexts golden =
        BundleWriter.golden(model.archive(), model.tokenizerJson(), spec, GoldenTexts.TEXTS);
    AtomicFile.write(
        file,
        temporary -> {
          try (StoredZip zip = new StoredZip(temporary)) {
            BundleWriter.addHead(zip, spec, model.tokenizerJson(), golden);
            zip.add(
                ModelBundle.ARCHIVE,
                Files.size(model.archive()),
                out -> Files.copy(model.archive(), out));
          }
        });
  }

  private static BundleSpec spec(ServingFolder model, String fingerprint, int dimension) {
    ModelDescription description =
        new ModelDescription(
            model.name(),
            fingerprint,
            "torchscript",
            0,
            dimension,
            0,
            dimension,
            parameters(model.archive()),
            List.of(
                new ModuleDescription("TorchScript", Map.of(), dimension),
                new ModuleDescription(
                    "Pooling", Map.of("modes", List.of(model.pooling().word())), dimension)),
            model.maxSeqLength(),
            model.maxSeqLength(),
            model.doLowerCase(),
            Map.of(),
            null,
            ModelDescription.Tokenizer.of(model.tokenizerJson()),
            "torchscript",
            ModelDescription.ModelFile.of(model.folder(), model.files()));
    return new BundleSpec(
        ModelBundle.FORMAT,
        "",
        description,
        model.padTokenId(),
        true,
        true,
        // Nothing in it is of ours: it runs, or it does not.
        List.of(Target.PLAIN.id()),
        new ReadyProgram(model.tokenTypes(), model.pooling(), model.normalize()));
  }

  /** As many as its tensors have if they are float32. */
  private static long parameters(Path archive) {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      return zip.stream()
              .filter(entry -> entry.getName().contains("/data/"))
              .mapToLong(ZipEntry::getSize)
              .sum()
          / Float.BYTES;
    } catch (ZipException e) {
      throw new ModelException(
          "Cannot load %s: it is no TorchScript archive".formatted(archive), e);
    } catch (IOException e) {
      throw new ModelException("Cannot read %s: %s".formatted(archive, e.getMessage()), e);
    }
  }
}
