package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.Texts.embedder;
import static org.sbertspark.ml.Texts.model;
import static org.sbertspark.ml.Texts.numbered;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.clustering.KMeans;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.inference.CacheFolder;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.OtherJvm;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class PersistenceTest {
  @TempDir private Path folder;

  @Test
  void aSavedStageHasItsParamsAndItsModel() throws IOException {
    SparkTestSession.get();
    String path = folder.resolve("stage").toString();
    SentenceEmbedder saved = embedder().setWindowRows(99).setHandleInvalid("skip");
    saved.save(path);
    SentenceEmbedder loaded = SentenceEmbedder.load(path);
    assertThat(loaded.uid()).isEqualTo(saved.uid());
    assertThat(loaded.getWindowRows()).isEqualTo(99);
    assertThat(loaded.getHandleInvalid()).isEqualTo("skip");
    assertThat(loaded.isSet(loaded.tokenBudget())).isFalse();
    assertThat(DriverModels.resolve(loaded.getModel()).fingerprint())
        .isEqualTo(DriverModels.resolve(model()).fingerprint());
    try (Stream<Path> files = Files.list(Path.of(path, "model"))) {
      assertThat(files.map(file -> file.getFileName().toString()).filter(n -> !n.startsWith(".")))
          .containsExactly(DriverModels.resolve(model()).fileName());
    }
  }

  @Test
  void aLoadedStageCanBeSavedOverItself() throws IOException {
    SparkTestSession.get();
    String path = folder.resolve("stage").toString();
    embedder().save(path);
    SentenceEmbedder.load(path).setWindowRows(5).write().overwrite().save(path);
    SentenceEmbedder again = SentenceEmbedder.load(path);
    assertThat(again.getWindowRows()).isEqualTo(5);
    assertThat(again.transform(numbered(List.of("a"), 1)).collectAsList()).hasSize(1);
  }

  @Test
  void aSavedStageWithoutItsModelIsNamed() throws IOException {
    SparkTestSession.get();
    Path path = folder.resolve("stage");
    embedder().save(path.toString());
    FileUtil.fullyDeleteContents(path.resolve("model").toFile());
    assertThatThrownBy(() -> SentenceEmbedder.load(path.toString()))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot load stage " + path + ": 0 .sbert files in ");
  }

  /** The original folder and the cache in which it was compiled are gone by then. */
  @Test
  void aSavedPipelineLoadsInAnotherJvm() throws Exception {
    Path original = folder.resolve("original");
    Folders.copy(Path.of(model()), original);
    Path cache = folder.resolve("cache");
    String path = folder.resolve("pipeline").toString();
    String shared = System.setProperty(CacheFolder.PROPERTY, cache.toString());
    try {
      SentenceEmbedder stage = embedder().setModel(original.toString());
      Pipeline pipeline =
          new Pipeline()
              .setStages(
                  new PipelineStage[] {
                    stage, new KMeans().setFeaturesCol("embedding").setK(2).setSeed(1)
                  });
      pipeline.fit(numbered(Golden.read(Golden.ROBERTA).texts(), 2)).save(path);
    } finally {
      System.setProperty(CacheFolder.PROPERTY, shared);
    }
    assertThat(FileUtil.fullyDelete(original.toFile())).isTrue();
    assertThat(FileUtil.fullyDelete(cache.toFile())).isTrue();

    String output =
        OtherJvm.run(
            SavedPipelineMain.class,
            List.of("-D" + CacheFolder.PROPERTY + "=" + folder.resolve("other")),
            path);
    Matcher result = Pattern.compile("difference (\\S+) loads (\\d+)").matcher(output);
    assertThat(result.find()).as(output).isTrue();
    assertThat(Double.parseDouble(result.group(1))).isLessThan(1e-5);
    assertThat(result.group(2)).isEqualTo("1");
  }
}
