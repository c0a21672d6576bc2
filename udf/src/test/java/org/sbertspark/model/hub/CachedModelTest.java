package org.sbertspark.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sbertspark.model.hub.FakeHub.COMMIT;
import static org.sbertspark.model.hub.FakeHub.ID;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches as Python's huggingface_hub leaves them. */
class CachedModelTest {
  private static final String MODULES =
      "[{\"path\": \"\", \"type\": \"sentence_transformers.models.Transformer\"},"
          + "{\"path\": \"1_Pooling\", \"type\": \"sentence_transformers.models.Pooling\"},"
          + "{\"path\": \"2_Normalize\", \"type\": \"sentence_transformers.models.Normalize\"}]";

  @TempDir Path root;
  private Path repo;

  @BeforeEach
  void pythonsLayout() throws IOException {
    repo = root.resolve("models--org--tiny");
    ref("main", COMMIT);
    file("config.json", "{}");
    file("tokenizer.json", "{}");
    file("model.safetensors", "weights");
  }

  @Test
  void aWholeModelIsUsable() throws IOException {
    file("modules.json", MODULES);
    file("1_Pooling/config.json", "{}");
    assertThat(find()).isEqualTo(complete());
  }

  @ParameterizedTest
  @ValueSource(strings = {"refs/pr/1", "v1.0", COMMIT})
  void anyRevisionIsFound(String revision) throws IOException {
    file("modules.json", MODULES);
    file("1_Pooling/config.json", "{}");
    if (!revision.equals(COMMIT)) {
      ref(revision, COMMIT + "\n");
    }
    assertThat(CachedModel.find(cache(), HubId.parse("org/tiny@" + revision)))
        .isEqualTo(complete());
  }

  @Test
  void anUnknownRevisionIsNotInTheCache() {
    assertThat(CachedModel.find(cache(), HubId.parse("org/tiny@other")).problem())
        .isEqualTo("it is not in the cache " + root);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../../..", "0123", "not a commit"})
  void aBrokenReferenceIsNotInTheCache(String text) throws IOException {
    ref("main", text);
    assertThat(find().problem()).isEqualTo("it is not in the cache " + root);
  }

  @Test
  void aModuleWithoutItsFilesIsNotComplete() throws IOException {
    file("modules.json", MODULES);
    assertThat(find().problem())
        .isEqualTo("its copy in the cache, %s, has no 1_Pooling/config.json".formatted(snapshot()));
  }

  @Test
  void aLinkToNowhereIsNoFile() throws IOException {
    file("modules.json", MODULES);
    file("1_Pooling/config.json", "{}");
    Files.delete(snapshot().resolve("model.safetensors").toRealPath());
    assertThat(find().problem()).contains("has no weights");
  }

  @Test
  void aPartOfTheWeightsIsNotComplete() throws IOException {
    file("modules.json", MODULES);
    file("1_Pooling/config.json", "{}");
    Files.delete(snapshot().resolve("model.safetensors"));
    file(
        "model.safetensors.index.json",
        "{\"weight_map\": {\"a\": \"1.safetensors\", \"b\": \"2.safetensors\"}}");
    file("1.safetensors", "weights");
    assertThat(find().problem()).endsWith("has no 2.safetensors");
  }

  @Test
  void aModelWithoutATokenizerIsNotComplete() throws IOException {
    file("modules.json", MODULES);
    file("1_Pooling/config.json", "{}");
    Files.delete(snapshot().resolve("tokenizer.json"));
    assertThat(find().problem()).contains("has no tokenizer");
  }

  /** As the library transformers leaves them, which does not ask for modules.json. */
  @Test
  void aModelOfWhichNobodyKnowsTheModulesIsNotComplete() {
    assertThat(find().problem())
        .isEqualTo(
            "its copy in the cache, %s, has no modules.json, though the model may have one"
                .formatted(snapshot()));
  }

  @Test
  void aModelThatIsMarkedToHaveNoModulesIsComplete() throws IOException {
    Path marker = repo.resolve(".no_exist").resolve(COMMIT).resolve("modules.json");
    Files.createDirectories(marker.getParent());
    Files.createFile(marker);
    assertThat(find()).isEqualTo(complete());
  }

  @Test
  void aModelThatIsListedWithoutModulesIsComplete() throws IOException {
    tree(
        "{\"format_version\": 1, \"files\": {\"config.json\": {\"size\": 2, \"blob_id\": \"x\"}}}");
    assertThat(find()).isEqualTo(complete());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "{\"files\": 1}", "{\"files\": {\"modules.json\": {}}}"})
  void aListThatDoesNotSaySoIsNoProof(String tree) throws IOException {
    tree(tree);
    assertThat(find().problem()).contains("has no modules.json");
  }

  @Test
  void brokenModulesAreNotComplete() throws IOException {
    file("modules.json", "[{]");
    assertThat(find().problem()).contains("has no readable settings: Cannot read ");
  }

  private CachedModel find() {
    return CachedModel.find(cache(), ID);
  }

  private CachedModel complete() {
    return new CachedModel(Optional.of(new HubSnapshot(snapshot(), COMMIT)), "");
  }

  private HubCache cache() {
    return new HubCache(root, ID);
  }

  private Path snapshot() {
    return repo.resolve("snapshots").resolve(COMMIT);
  }

  private void ref(String revision, String text) throws IOException {
    Path ref = repo.resolve("refs").resolve(revision);
    Files.createDirectories(ref.getParent());
    Files.writeString(ref, text);
  }

  private void tree(String text) throws IOException {
    Path tree = repo.resolve("trees").resolve(COMMIT + ".json");
    Files.createDirectories(tree.getParent());
    Files.writeString(tree, text);
  }

  private void file(String name, String text) throws IOException {
    Path blob = repo.resolve("blobs").resolve(name.replace('/', '-'));
    Files.createDirectories(blob.getParent());
    Files.writeString(blob, text);
    Path link = snapshot().resolve(name);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, link.getParent().relativize(blob));
  }
}
