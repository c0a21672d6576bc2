package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.FakeHub;
import org.sbertspark.model.hub.Progress;
import org.sbertspark.testing.TestCache;

/** Models by their names on a hub, which is a local server here. */
@ExtendWith(TestCache.class)
class HubModelNamesTest {
  private static final Golden MPNET = Golden.read("mpnet-mean-normalize");

  @TempDir private Path cache;
  private final FakeHub hub = new FakeHub().folder(MPNET.folder());
  private final List<String> progress = new ArrayList<>();

  @AfterEach
  void stop() {
    hub.close();
  }

  private ResolvedModel resolve(String location) {
    Progress heard = (file, done, total) -> progress.add(file);
    return DriverModels.resolve(
        location, new Configuration(), new HubAccess(() -> hub.settings(cache), heard));
  }

  @Test
  void aModelByNameGivesTheReferencesVectorsAndItsCommit() {
    ResolvedModel model = resolve("org/tiny");

    assertThat(model.revision()).contains(FakeHub.COMMIT);
    assertThat(model.bundle().fingerprint())
        .isEqualTo(ModelBundle.of(MPNET.folder()).fingerprint());
    assertThat(progress).contains("model.safetensors");
    try (SentenceEncoder encoder =
        SharedModels.encoder(model.bundle().file(), EncoderOptions.DEFAULT)) {
      float[][] vectors = encoder.encode(MPNET.texts()).vectors();
      for (int i = 0; i < vectors.length; i++) {
        assertThat(Golden.difference(MPNET.vectors()[i], vectors[i])).isLessThan(1e-5);
      }
    }
  }

  @Test
  void itIsCalledByItsNameAndNotByItsCommit() {
    assertThat(resolve("org/tiny").bundle().name()).isEqualTo("org/tiny");
    assertThat(resolve("org/tiny@" + FakeHub.COMMIT).bundle().name()).isEqualTo("org/tiny");
  }

  @Test
  void aNameIsAskedForOnce() {
    ModelBundle first = resolve("org/tiny").bundle();
    hub.forget();
    progress.clear();
    assertThat(resolve("org/tiny").bundle()).isSameAs(first);
    assertThat(hub.seen()).isEmpty();
    assertThat(progress).isEmpty();
  }

  @Test
  void aLocalFolderComesFirst() {
    // Tests run in the module's folder, where this is a folder. It could be a name as well.
    assertThatThrownBy(() -> resolve("src/test"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json");
    assertThat(hub.seen()).isEmpty();
  }

  @Test
  void whatIsNowhereIsSaidToBeNoFolderEither() {
    assertThatThrownBy(() -> resolve("org/unknown"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(
            "Cannot load model org/unknown: it is no local folder or file; as a model on the hub: ")
        .hasMessageContaining("127.0.0.1");
    assertThatThrownBy(() -> resolve("mistyped.sbert"))
        .hasMessageStartingWith(
            "Cannot load model mistyped.sbert: there is no such folder or file");
    assertThat(hub.seen()).noneMatch(seen -> seen.path().contains("mistyped"));
  }

  @Test
  void noSettingsAreReadForALocalModel() {
    HubAccess none =
        new HubAccess(
            () -> {
              throw new IllegalArgumentException("HF_ENDPOINT is wrong");
            },
            Progress.NONE);
    ResolvedModel local =
        DriverModels.resolve(MPNET.folder().toString(), new Configuration(), none);
    assertThat(local.revision()).isEmpty();
    assertThat(local.bundle().name()).isEqualTo("mpnet-mean-normalize");
  }
}
