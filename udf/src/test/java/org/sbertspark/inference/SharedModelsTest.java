package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;
import org.sbertspark.torchscript.Target;

@ExtendWith(TestCache.class)
class SharedModelsTest {
  @TempDir Path temporary;

  /** A copy of the golden model that nobody has loaded yet. */
  private Path freshModel(String name) throws IOException {
    Path copy = Folders.copy(Golden.read(Golden.ROBERTA).folder(), temporary.resolve(name));
    // Part of the fingerprint, without a meaning.
    Files.writeString(
        copy.resolve("config_sentence_transformers.json"), "{\"note\": \"%s\"}".formatted(copy));
    return copy;
  }

  @Test
  void manyThreadsLoadAModelOnce() throws Exception {
    Path folder = freshModel("once");
    int before = SharedModels.loads();
    ExecutorService pool = Executors.newFixedThreadPool(6);
    try {
      Callable<float[]> task =
          () -> {
            Path bundle = ModelBundle.of(folder).file();
            try (SentenceEncoder encoder = SharedModels.encoder(bundle, EncoderOptions.DEFAULT)) {
              return encoder.encode(List.of("the same text")).vectors()[0];
            }
          };
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        results.add(pool.submit(task));
      }
      float[] first = results.get(0).get();
      for (Future<float[]> result : results) {
        assertThat(result.get()).containsExactly(first);
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(SharedModels.loads()).isEqualTo(before + 1);
    try (var left = Files.list(CacheFolder.get().resolve("bundles"))) {
      assertThat(left).noneMatch(file -> file.getFileName().toString().startsWith("."));
    }
  }

  @Test
  void bundleCompiledTwiceHasTheSameBytes() throws Exception {
    ModelBundle bundle = ModelBundle.of(freshModel("twice"));
    byte[] first = Files.readAllBytes(bundle.file());
    Files.delete(bundle.file());
    assertThat(Files.readAllBytes(ModelBundle.of(temporary.resolve("twice")).file()))
        .isEqualTo(first);
  }

  @Test
  void machineThatComputesOtherVectorsIsRefused() throws Exception {
    Path bundle = temporary.resolve("tampered.sbert");
    Files.copy(ModelBundle.of(freshModel("golden")).file(), bundle);
    try (FileSystem zip = FileSystems.newFileSystem(bundle, Map.of("noCompression", true))) {
      Path golden = zip.getPath("golden.json");
      String json = Files.readString(golden);
      String wrong = json.replaceFirst("\"vectors\":\\[\\[[^,]+,", "\"vectors\":[[0.5,");
      assertThat(wrong).isNotEqualTo(json);
      Files.writeString(golden, wrong);
    }
    assertThatThrownBy(() -> SharedModels.encoder(bundle, EncoderOptions.DEFAULT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("gives other vectors on host")
        .hasMessageContaining("expected at most 1e-05");
  }

  @Test
  void bundleThatWouldNameFilesOutsideTheCacheIsRefused() throws Exception {
    Path bundle = temporary.resolve("hostile.sbert");
    Files.copy(ModelBundle.of(freshModel("hostile")).file(), bundle);
    try (FileSystem zip = FileSystems.newFileSystem(bundle, Map.of("noCompression", true))) {
      Path spec = zip.getPath("bundle.json");
      String json = Files.readString(spec);
      String wrong = json.replaceFirst("\"fingerprint\":\"[0-9a-f]+", "\"fingerprint\":\"../../x");
      assertThat(wrong).isNotEqualTo(json);
      Files.writeString(spec, wrong);
    }
    assertThatThrownBy(() -> ModelBundle.open(bundle))
        .isInstanceOf(ModelException.class)
        .hasMessage("Cannot read model bundle " + bundle + ": it is damaged or no bundle");
  }

  @Test
  void bundleOfAnotherFormatIsRefused() throws Exception {
    Path bundle = temporary.resolve("older.sbert");
    try (FileSystem zip =
        FileSystems.newFileSystem(bundle, Map.of("create", true, "noCompression", true))) {
      Files.writeString(zip.getPath("bundle.json"), "{\"format\": 1, \"name\": \"older\"}");
    }
    assertThatThrownBy(() -> ModelBundle.open(bundle))
        .hasMessageContaining("older.sbert has format 1, this version reads format");
  }

  @Test
  void failedLoadIsForgotten() throws Exception {
    Path bundle = temporary.resolve("bundle.sbert");
    ModelBundle good = ModelBundle.of(freshModel("forgotten"));
    Files.copy(good.file(), bundle);
    damage(bundle);
    assertThatThrownBy(() -> SharedModels.encoder(bundle, EncoderOptions.DEFAULT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("it is damaged");
    Files.copy(good.file(), bundle, StandardCopyOption.REPLACE_EXISTING);
    try (SentenceEncoder encoder = SharedModels.encoder(bundle, EncoderOptions.DEFAULT)) {
      assertThat(encoder.encode(List.of("works")).vectors()).hasDimensions(1, 768);
    }
  }

  /** The program that this machine runs. */
  private static Target program() {
    return Programs.toTry(Precision.FLOAT32, ComputeDevice.CPU).get(0);
  }

  /** Where it is unpacked. */
  private static Path archive(ModelBundle bundle) {
    return CacheFolder.get().resolve("archives").resolve(bundle.archiveName(program()));
  }

  /** Another value for a weight. */
  private static void damage(Path zip) throws IOException {
    byte[] bytes = Files.readAllBytes(zip);
    bytes[bytes.length / 2] ^= 0x40;
    Files.write(zip, bytes);
  }

  @Test
  void loadThatOutlastsItsWaiterIsTheNextOnes() throws Exception {
    ModelBundle bundle = ModelBundle.of(freshModel("late"));
    int before = SharedModels.loads();
    // Held by the test, so that no load can end.
    CacheLock.with(
        CacheFolder.get(),
        bundle.archiveName(program()),
        () -> {
          assertThatNobodyWaitsLongFor(bundle);
          Set<Thread> loading = threads();
          assertThatNobodyWaitsLongFor(bundle);
          assertThat(loading).as("no second load").containsAll(threads());
          return null;
        });
    SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT).close();
    assertThat(SharedModels.loads()).isEqualTo(before + 1);
  }

  private static void assertThatNobodyWaitsLongFor(ModelBundle bundle) {
    assertThatThrownBy(
            () -> SharedModels.encoder(bundle, EncoderOptions.DEFAULT, Duration.ofMillis(100)))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot load model late: waited 0 s for it");
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sbert-spark-model-load"))
        .collect(Collectors.toSet());
  }

  @Test
  void cachedFilesAreForTheirOwnerAlone() throws Exception {
    ModelBundle bundle = ModelBundle.of(freshModel("own"));
    SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT).close();
    Path given = Files.copy(bundle.file(), temporary.resolve("given.sbert"));
    Files.setPosixFilePermissions(given, PosixFilePermissions.fromString("rw-r--r--"));
    Files.delete(bundle.file());
    assertThat(ModelBundle.open(given).inCache().file()).isEqualTo(bundle.file());
    Path archive = archive(bundle);
    for (Path file : List.of(bundle.file(), archive)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .as("%s", file)
          .isEqualTo("rw-------");
    }
  }

  @Test
  void cachedBundleThatWasDamagedIsMadeAgain() throws Exception {
    Path folder = freshModel("damaged");
    Path bundle = ModelBundle.of(folder).file();
    byte[] good = Files.readAllBytes(bundle);
    damage(bundle);
    assertThat(ModelBundle.of(folder).file()).hasBinaryContent(good);
    Files.write(bundle, Arrays.copyOf(good, good.length / 3));
    assertThat(ModelBundle.of(folder).file()).hasBinaryContent(good);
  }

  @Test
  void unpackedArchiveThatWasDamagedIsUnpackedAgain() throws Exception {
    ModelBundle bundle = ModelBundle.of(freshModel("unpacked"));
    Path archive = archive(bundle);
    Files.createDirectories(archive.getParent());
    bundle.writeArchive(program(), archive);
    byte[] good = Files.readAllBytes(archive);
    damage(archive);
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      assertThat(encoder.encode(List.of("works")).vectors()).hasDimensions(1, 768);
    }
    assertThat(archive).hasBinaryContent(good);
  }

  @Test
  void fullDiskIsToldAndLeavesNothing() throws Exception {
    ModelBundle bundle = ModelBundle.of(freshModel("full"));
    Path archive = temporary.resolve("archives/model.pt");
    assertThatThrownBy(
            () ->
                SharedModels.unpack(
                    archive,
                    bundle,
                    file -> {
                      Files.writeString(file, "as much as there is room for");
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Cannot unpack model full to")
        .hasMessageContaining("No space left on device; set SBERT_SPARK_CACHE");
    assertThat(archive.getParent()).isEmptyDirectory();
  }

  @Test
  void fileThatIsNoBundleIsRefusedInOneLine() throws Exception {
    Path text = Files.writeString(temporary.resolve("text.sbert"), "no bundle");
    assertThatThrownBy(() -> SharedModels.encoder(text, EncoderOptions.DEFAULT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("text.sbert: it is damaged or no bundle");
    assertThatThrownBy(
            () -> SharedModels.encoder(temporary.resolve("none.sbert"), EncoderOptions.DEFAULT))
        .hasMessageContaining("There is no model bundle");
  }
}
