package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightFilesTest {
  @TempDir Path folder;

  @Test
  void prefersSafetensorsThenItsPartsThenTheCheckpointThenItsParts() throws IOException {
    write("shard-1.bin", Checkpoints.smallZip());
    index("pytorch_model.bin.index.json", "shard-1.bin");
    assertFiles("pytorch_model.bin.index.json", "shard-1.bin");
    write("pytorch_model.bin", Checkpoints.smallLegacy());
    assertFiles("pytorch_model.bin");
    write("shard-1.safetensors", safetensors(1, 2, 3, 4, 5, 6));
    index("model.safetensors.index.json", "shard-1.safetensors");
    assertFiles("model.safetensors.index.json", "shard-1.safetensors");
    write("model.safetensors", safetensors(1, 2, 3, 4, 5, 6));
    assertFiles("model.safetensors");
  }

  private void assertFiles(String... names) {
    WeightFiles weights = WeightFiles.open(folder);
    assertThat(weights.files())
        .containsExactlyElementsOf(Arrays.stream(names).map(folder::resolve).toList());
    assertThat(weights.names()).contains("a");
    assertThat(weights.get("a").requireShape(2, 3).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void namesTheFilesItLookedFor() {
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Cannot find weights in "
                + folder
                + ": expected model.safetensors or pytorch_model.bin,"
                + " whole or in parts with .index.json");
  }

  @Test
  void takesEachTensorFromItsShard() throws IOException {
    write("one.safetensors", safetensors(1, 2, 3, 4, 5, 6));
    write("two.bin", Checkpoints.smallZip());
    write(
        "model.safetensors.index.json",
        "{\"weight_map\": {\"a\": \"one.safetensors\"}}".getBytes(StandardCharsets.UTF_8));
    Weights weights = WeightFiles.open(folder);
    assertThat(weights.names()).containsExactly("a");
    assertThatThrownBy(() -> weights.get("b"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("model.safetensors.index.json: there is no tensor b");
  }

  @Test
  void refusesShardsOutsideTheFolder() throws IOException {
    for (String shard :
        new String[] {
          "../secret", "..", ".", "", "/etc/passwd", "a/b", "a\\\\b", "C:x", ".hidden", "a\\u0000b"
        }) {
      index("model.safetensors.index.json", shard);
      assertRefused("expected one beside the index");
    }
  }

  @Test
  void refusesAnIndexThatLies() throws IOException {
    index("model.safetensors.index.json", "missing.safetensors");
    assertRefused("missing.safetensors");
    write("shard.safetensors", safetensors(1, 2, 3, 4, 5, 6));
    write(
        "model.safetensors.index.json",
        "{\"weight_map\": {\"x\": \"shard.safetensors\"}}".getBytes(StandardCharsets.UTF_8));
    assertRefused("promises tensor x in shard.safetensors, which lacks it");
    for (String json : new String[] {"{}", "{\"weight_map\": []}", "{\"weight_map\": {}}"}) {
      write("model.safetensors.index.json", json.getBytes(StandardCharsets.UTF_8));
      assertRefused("has no weight_map");
    }
  }

  @Test
  void saysThatAFileIsOnlyALargeFilePointer() throws IOException {
    String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 438011953\n";
    for (String name : new String[] {"pytorch_model.bin", "model.safetensors"}) {
      write(name, pointer.getBytes(StandardCharsets.UTF_8));
      assertRefused(name + ": it is a Git LFS pointer, not the file: run git lfs pull");
    }
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  private void index(String name, String shard) throws IOException {
    String json = "{\"weight_map\": {\"a\": \"%s\"}}".formatted(shard);
    write(name, json.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  /** One tensor "a" of shape [2, 3]. */
  private static byte[] safetensors(float... values) {
    return Checkpoints.safetensors(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
        Checkpoints.floats(values));
  }
}
