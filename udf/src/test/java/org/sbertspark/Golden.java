package org.sbertspark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sbertspark.model.NpyFile;
import org.sbertspark.testing.TestCache;

/**
 * A model folder with the ids and vectors that the reference implementation computed for some
 * texts.
 *
 * @param inputIds after truncation, special tokens included
 * @param vectors {@code [texts][dimension]}
 */
public record Golden(Path folder, List<String> texts, List<long[]> inputIds, float[][] vectors) {

  /** The architecture of the model card. */
  public static final String ROBERTA = "roberta-768-mean-normalize";

  /** Folders that this JVM has unpacked from a jar, by name. */
  private static final Map<String, Path> UNPACKED = new HashMap<>();

  /** All folders of the test resources, one for each family and kind of module. */
  public static List<String> names() {
    return List.of(
        ROBERTA,
        "albert-mean-spiece",
        "bert-cls-lowercase-bin",
        "bert-plain-huggingface",
        "camembert-mean-normalize",
        "distilbert-max-dense-tanh",
        "electra-mean-normalize",
        "mpnet-mean-normalize",
        "roberta-four-poolings-bf16",
        "xlmr-mean-unigram");
  }

  /** A folder of the test resources. */
  public static Golden read(String name) {
    try {
      Path folder = folder(Golden.class.getResource("/golden/" + name).toURI(), name);
      JsonNode json = new ObjectMapper().readTree(folder.resolve("golden.json").toFile());
      List<String> texts = new ArrayList<>();
      json.get("texts").forEach(text -> texts.add(text.textValue()));
      List<long[]> ids = new ArrayList<>();
      for (JsonNode row : json.get("input_ids")) {
        long[] sequence = new long[row.size()];
        for (int i = 0; i < sequence.length; i++) {
          sequence[i] = row.get(i).longValue();
        }
        ids.add(sequence);
      }
      return new Golden(folder, texts, ids, NpyFile.read(folder.resolve("golden_embeddings.npy")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The resource as a folder; unpacked under {@code target} where it comes in a jar. */
  private static Path folder(URI resource, String name) throws IOException {
    if (!resource.getScheme().equals("jar")) {
      return Path.of(resource);
    }
    synchronized (UNPACKED) {
      if (!UNPACKED.containsKey(name)) {
        UNPACKED.put(name, unpack(resource, name));
      }
      return UNPACKED.get(name);
    }
  }

  /** To a folder that no other test JVM writes to: what one reads must not be replaced. */
  private static Path unpack(URI resource, String name) throws IOException {
    Path target = Path.of("target", "golden", TestCache.fork(), name).toAbsolutePath();
    try (FileSystem jar = FileSystems.newFileSystem(resource, Map.of());
        Stream<Path> files = Files.walk(jar.getPath("golden", name))) {
      for (Path file : files.toList()) {
        Path copy = target.resolve(jar.getPath("golden", name).relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    return target;
  }

  /** The largest difference of a component between two vectors, as a share of the first's norm. */
  public static double difference(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      throw new AssertionError(expected.length + " and " + actual.length + " components");
    }
    double norm = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      norm += (double) expected[i] * expected[i];
      largest = Math.max(largest, Math.abs((double) expected[i] - actual[i]));
    }
    return largest / Math.sqrt(norm);
  }
}
