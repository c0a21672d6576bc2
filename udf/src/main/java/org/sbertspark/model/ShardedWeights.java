package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Weights in several files, with an index {@code {"weight_map": {tensor: file}}}. The files lie
 * beside the index; names that lead elsewhere are refused.
 */
public final class ShardedWeights implements Weights {
  private final Path index;
  private final Map<String, Weights> shards;
  private final List<Path> files;

  private ShardedWeights(Path index, Map<String, Weights> shards, List<Path> files) {
    this.index = index;
    this.shards = shards;
    this.files = files;
  }

  /**
   * Opens the index and every file that it names.
   *
   * @param opener how one file is read
   * @throws ModelException if a file is missing or lacks a tensor
   */
  public static ShardedWeights open(Path index, Function<Path, Weights> opener) {
    JsonNode map = Json.object(index).path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw bad(index, "it has no weight_map, expected {tensor: file}");
    }
    Map<String, Weights> opened = new LinkedHashMap<>();
    Map<String, Weights> shards = new LinkedHashMap<>();
    List<Path> files = new ArrayList<>(List.of(index));
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String name = fileName(index, entry.getValue());
      Weights shard = opened.get(name);
      if (shard == null) {
        Path file = index.resolveSibling(name);
        shard = opener.apply(file);
        opened.put(name, shard);
        files.add(file);
      }
      if (!shard.has(entry.getKey())) {
        throw bad(
            index,
            "it promises tensor %s in %s, which lacks it"
                .formatted(Untrusted.printable(entry.getKey()), name));
      }
      shards.put(entry.getKey(), shard);
    }
    return new ShardedWeights(index, Collections.unmodifiableMap(shards), List.copyOf(files));
  }

  /** A plain file name; the characters are those that the hub's own shards are made of. */
  private static String fileName(Path index, JsonNode value) {
    String name = value.isTextual() ? value.textValue() : "";
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")) {
      throw bad(
          index,
          "it names the file %s, expected one beside the index, such as"
                  .formatted(Untrusted.printable(Json.brief(value)))
              + " model-00001-of-00002.safetensors");
    }
    return name;
  }

  /** The index and the files that it names. */
  public List<Path> files() {
    return files;
  }

  @Override
  public String format() {
    return "%s in %d parts".formatted(shards.values().iterator().next().format(), files.size() - 1);
  }

  @Override
  public Set<String> names() {
    return shards.keySet();
  }

  @Override
  public Tensor get(String name) {
    Weights shard = shards.get(name);
    if (shard == null) {
      throw bad(index, "there is no tensor " + name);
    }
    return shard.get(name);
  }

  private static ModelException bad(Path index, String what) {
    return new ModelException("Cannot read weights from " + index + ": " + what);
  }
}
