package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.Golden;
import org.sbertspark.inference.EncoderOptions;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.inference.SharedModels;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** Texts that nobody would write, through files and the whole command. */
@ExtendWith(TestCache.class)
class EmbedHostileTest {
  private static final int PLANES = 17;

  @TempDir private Path folder;
  private final Map<String, String> texts = texts();

  @Test
  void jsonLines() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> lines = new ArrayList<>();
    for (var text : texts.entrySet()) {
      lines.add(json.writeValueAsString(Map.of("id", text.getKey(), "text", text.getValue())));
    }
    assertAllAsByTheEncoder(Files.write(folder.resolve("in.jsonl"), lines));
  }

  @Test
  void csv() throws IOException {
    StringBuilder lines = new StringBuilder("id,text\n");
    texts.forEach(
        (id, text) ->
            lines.append(id).append(",\"").append(text.replace("\"", "\"\"")).append("\"\n"));
    assertAllAsByTheEncoder(
        Files.writeString(folder.resolve("in.csv"), lines), "--read-option", "multiLine=true");
  }

  @Test
  void parquet() {
    List<Row> rows =
        texts.entrySet().stream()
            .map(text -> RowFactory.create(text.getKey(), text.getValue()))
            .toList();
    Path input = folder.resolve("in.parquet");
    SparkTestSession.get()
        .createDataFrame(rows, new StructType().add("id", "string").add("text", "string"))
        .write()
        .parquet(input.toString());
    assertAllAsByTheEncoder(input);
  }

  private void assertAllAsByTheEncoder(Path input, String... more) {
    Path folderOfOutput = folder.resolve("out");
    CommandRun.embed(input, folderOfOutput, more).succeeds();
    Output output = new Output(folderOfOutput);
    assertThat(output.manifest().rows()).isEqualTo(texts.size());
    Map<String, String> written = new TreeMap<>();
    output.rows("id", "text").forEach(row -> written.put(row.getString(0), row.getString(1)));
    assertThat(written).isEqualTo(texts);

    Map<String, float[]> vectors = output.vectors("id");
    ModelBundle bundle = ModelBundle.of(Path.of(CommandRun.MODEL));
    try (SentenceEncoder encoder = SharedModels.encoder(bundle.file(), EncoderOptions.DEFAULT)) {
      texts.forEach(
          (id, text) ->
              assertThat(
                      Golden.difference(
                          encoder.encode(List.of(text)).vectors()[0], vectors.get(id)))
                  .as(id)
                  .isLessThan(1e-6));
    }
  }

  private static Map<String, String> texts() {
    Map<String, String> texts = new TreeMap<>();
    List<String> syntax =
        List.of(
            "{\"text\": \"x\", \"id\": [1, null]}",
            "'; DROP TABLE texts; --",
            "<script>alert(\"&amp;\")</script>",
            "</s>",
            "<s> <pad> <unk> <mask>",
            "[CLS] [SEP] [MASK]",
            "\"\"\"",
            "a,b;c\td|e",
            "\\n \\\" \\u0000 \\",
            "%s ${x} {0} `id`",
            "\u0000\u0001\u0007\b\f\u001b\u007f\u0085",
            "two\nlines\r\nand\ra third",
            "\u200f\u202eright to left\u202c \u05d0\u05d1 \u0645",
            "\ufeff\ufffd\ufffe\uffff",
            " ",
            "a".repeat(100_000),
            "some words ".repeat(10_000));
    for (int i = 0; i < syntax.size(); i++) {
      texts.put("syntax " + i, syntax.get(i));
    }
    Random random = new Random(1);
    for (int plane = 0; plane < PLANES; plane++) {
      int first = plane << 16;
      StringBuilder text = new StringBuilder("x");
      random
          .ints(60, 0, 1 << 16)
          .map(i -> first + i)
          // Spark's strings cannot hold half of a pair.
          .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
          .forEach(text::appendCodePoint);
      texts.put("plane " + plane, text.toString());
    }
    return texts;
  }
}
