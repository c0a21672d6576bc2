package org.sbertspark.training;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The files that make a folder of a Transformer one of sentence-transformers. */
final class ModulesJson {
  static final String FILE = "modules.json";
  static final String POOLING_FILE = "1_Pooling/config.json";

  private static final String MODULE =
      """
        {
          "idx": %d,
          "name": "%d",
          "path": "%s",
          "type": "sentence_transformers.models.%s"
        }\
      """;

  private ModulesJson() {}

  /** The Transformer in the folder itself, and these modules behind it, each in its own folder. */
  static String transformerAnd(List<String> modules) {
    return IntStream.rangeClosed(0, modules.size())
        .mapToObj(
            i ->
                i == 0
                    ? MODULE.formatted(i, i, "", "Transformer")
                    : MODULE.formatted(i, i, i + "_" + modules.get(i - 1), modules.get(i - 1)))
        .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }

  /** The configuration of a pooling by the mean. */
  static String meanPooling(int dimension) {
    return """
        {
          "word_embedding_dimension": %d,
          "pooling_mode_cls_token": false,
          "pooling_mode_mean_tokens": true,
          "pooling_mode_max_tokens": false,
          "pooling_mode_mean_sqrt_len_tokens": false
        }
        """
        .formatted(dimension);
  }
}
