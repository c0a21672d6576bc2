package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sbertspark.ml.Texts.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.inference.CacheFolder;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.model.ModelException;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

@ExtendWith(TestCache.class)
class DriverModelsTest {
  @TempDir private Path folder;
  private final Configuration hadoop = new Configuration();

  /** Hadoop's view of folders under another scheme: a remote file system for all we know. */
  @BeforeEach
  void mount() {
    // Hadoop's own cache of file systems would keep the mounts of an earlier test.
    hadoop.set("fs.viewfs.impl.disable.cache", "true");
    hadoop.set("fs.viewfs.mounttable.remote.link./models", folder.toUri().toString());
  }

  @Test
  void aFolderIsFoundByPathAndByUri() {
    ModelBundle bundle = DriverModels.resolve(model(), hadoop);
    assertThat(bundle.dimension()).isEqualTo(768);
    ModelBundle byUri = DriverModels.resolve(Path.of(model()).toUri().toString(), hadoop);
    assertThat(byUri.fingerprint()).isEqualTo(bundle.fingerprint());
  }

  @Test
  void anUnchangedModelIsResolvedOnce() throws IOException {
    Path copy = copyOfModel("copy");
    ModelBundle first = DriverModels.resolve(copy.toString(), hadoop);
    assertThat(DriverModels.resolve(copy.toString(), hadoop)).isSameAs(first);
    Files.writeString(
        copy.resolve("sentence_bert_config.json"),
        "{\"max_seq_length\": 33, \"do_lower_case\": false}");
    ModelBundle changed = DriverModels.resolve(copy.toString(), hadoop);
    assertThat(changed.maxSeqLength()).isEqualTo(33);
    assertThat(changed.fingerprint()).isNotEqualTo(first.fingerprint());
  }

  @Test
  void aFolderOfAnotherFileSystemGivesTheSameModel() throws IOException {
    copyOfModel("roberta");
    ModelBundle remote = DriverModels.resolve("viewfs://remote/models/roberta", hadoop);
    assertThat(remote.fingerprint()).isEqualTo(DriverModels.resolve(model(), hadoop).fingerprint());
    assertThat(CacheFolder.get().toFile().list((dir, name) -> name.startsWith("download")))
        .isEmpty();
  }

  @Test
  void whatNoModelNeedsIsNotLookedAt() throws IOException {
    for (String file :
        new String[] {
          "config.json",
          "vocab.txt",
          "model.safetensors",
          "pytorch_model.bin",
          "tf_model.h5",
          "rust_model.ot",
          "training_args.bin",
          "optimizer.pt",
          ".gitattributes",
          ".git/config.json",
          "onnx/config.json",
          "1_Pooling/config.json",
          "2_Dense/pytorch_model.bin",
          "2_Dense/deeper/config.json"
        }) {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, "x");
    }
    assertThat(ModelLocation.of(folder.toString(), hadoop).state().lines())
        .extracting(line -> line.substring(0, line.indexOf(' ')))
        .containsExactly(
            "1_Pooling/config.json",
            "2_Dense/pytorch_model.bin",
            "config.json",
            "model.safetensors",
            "vocab.txt");
  }

  @Test
  void anArchiveThatIsServedBelongsToItsModel() throws IOException {
    for (String file : new String[] {"model.pt", "serving.properties", "tokenizer.json", "a.bin"}) {
      Files.writeString(folder.resolve(file), "x");
    }
    assertThat(ModelLocation.of(folder.toString(), hadoop).state().lines())
        .extracting(line -> line.substring(0, line.indexOf(' ')))
        .containsExactly("model.pt", "serving.properties", "tokenizer.json");
  }

  @Test
  void aBundleTravelsUnderItsOwnNameWhateverItsFileIsCalled() throws IOException {
    ModelBundle bundle = DriverModels.resolve(model(), hadoop);
    Files.copy(bundle.file(), folder.resolve("mine.sbert"));
    for (String location :
        new String[] {
          folder.resolve("mine.sbert").toString(), "viewfs://remote/models/mine.sbert"
        }) {
      ModelBundle found = DriverModels.resolve(location, hadoop);
      assertThat(found.file().getFileName().toString()).isEqualTo(bundle.fileName());
      assertThat(found.fingerprint()).isEqualTo(bundle.fingerprint());
    }
  }

  @Test
  void whatIsMissingIsNamed() {
    for (String location :
        new String[] {
          folder.resolve("nothing").toString(),
          "file:/no/such/folder",
          "viewfs://remote/models/nothing"
        }) {
      assertThatThrownBy(() -> DriverModels.resolve(location, hadoop))
          .isInstanceOf(ModelException.class)
          .hasMessage(
              "Cannot load model %s: there is no such folder or file; expected a"
                  + " sentence-transformers folder or a .sbert bundle",
              location);
    }
    assertThatThrownBy(() -> DriverModels.resolve(" ", hadoop))
        .hasMessage(
            "Cannot load model: its location is blank, expected a model folder, a bundle file or a"
                + " model's name on the hub");
    assertThatThrownBy(() -> DriverModels.resolve("nosuch://host/model", hadoop))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Cannot load model nosuch://host/model: ");
  }

  @Test
  void whatIsWrongWithARemoteModelIsSaidOfItsOwnPlace() throws IOException {
    Files.delete(copyOfModel("roberta").resolve("config.json"));
    assertThatThrownBy(() -> DriverModels.resolve("viewfs://remote/models/roberta", hadoop))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Model viewfs://remote/models/roberta: ")
        .hasMessageContaining("config.json");
  }

  @Test
  void aFileThatIsNoBundleIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("notes.txt"), "not a bundle");
    assertThatThrownBy(() -> DriverModels.resolve(file.toString(), hadoop))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(file.toString());
  }

  private Path copyOfModel(String name) throws IOException {
    return Folders.copy(Path.of(model()), folder.resolve(name));
  }
}
