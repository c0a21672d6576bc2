package org.sbertspark.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.testing.SparkTestSession;
import org.sbertspark.testing.TestCache;

/** What embed reads: formats, texts, columns, malformed records. */
@ExtendWith(TestCache.class)
class EmbedInputTest {
  private static final Golden GOLDEN = Golden.read(Golden.ROBERTA);
  private static final double TOLERANCE = 1e-5;
  private static final String JSON =
      """
      {"id": "a", "text": "This is an example sentence"}
      {"id": "b", "text": "Each sentence is converted"}
      """;
  private static final String CSV =
      """
      id,text
      a,This is an example sentence
      b,"Each sentence is converted"
      """;

  @TempDir private Path folder;

  // Formats

  @ParameterizedTest
  @ValueSource(strings = {"in.json", "in.jsonl", "in.ndjson"})
  void jsonLinesByAnyName(String name) throws IOException {
    assertGolden(embed(write(name, JSON)).vectors("id"));
  }

  @Test
  void compressedFilesAreUnpacked() throws IOException {
    Path gz = folder.resolve("in.jsonl.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(gz))) {
      out.write(JSON.getBytes(UTF_8));
    }
    assertGolden(embed(gz).vectors("id"));
  }

  @Test
  void bzip2IsUnpacked() throws IOException {
    Path bz2 = folder.resolve("in.json.bz2");
    try (var out = new BZip2CompressorOutputStream(Files.newOutputStream(bz2))) {
      out.write(JSON.getBytes(UTF_8));
    }
    assertGolden(embed(bz2).vectors("id"));
  }

  @Test
  void csvHasAHeaderAndDoublesItsQuotes() throws IOException {
    assertGolden(embed(write("in.csv", CSV)).vectors("id"));

    Path quoted = write("quoted.csv", "id,text\nq,\"say \"\"x\"\", please\"\n");
    assertThat(embed(quoted, "--mode", "overwrite").rows("text").get(0).getString(0))
        .isEqualTo("say \"x\", please");
  }

  @Test
  void tsvHasAHeaderAndTakesQuotesAsTheyAre() throws IOException {
    Path input = write("in.tsv", "id\ttext\nq\t\"say, \\ please\nr\t\"r\"\n");
    List<Row> rows = embed(input).rows("id", "text");
    assertThat(rows.stream().map(row -> row.getString(1)))
        .containsExactlyInAnyOrder("\"say, \\ please", "\"r\"");
  }

  @Test
  void textHasOneColumnText() throws IOException {
    Path input = write("in.txt", "This is an example sentence\nEach sentence is converted\n");
    Map<String, float[]> vectors = embed(input).vectors("text");
    assertThat(Golden.difference(GOLDEN.vectors()[0], vectors.get("This is an example sentence")))
        .isLessThan(TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc"})
  void columnarFormats(String format) throws IOException {
    Path input = folder.resolve("table." + format);
    Dataset<Row> table =
        SparkTestSession.get().read().json(write("in.json", JSON).toString()).repartition(1);
    table.write().format(format).save(input.toString());
    assertGolden(embed(input).vectors("id"));
  }

  @Test
  void anExtensionThatTellsNothingNeedsTheFormatByName() throws IOException {
    Path input = write("in.data", JSON);
    assertThat(CommandRun.embed(input, folder.resolve("out")).failsInOneLine())
        .contains("in.data", "--input-format");
    assertGolden(embed(input, "--input-format", "json").vectors("id"));
  }

  @Test
  void filesOfTwoFormatsAreRefused() throws IOException {
    Path json = write("in.json", JSON);
    String csv = write("in.csv", CSV).toString();
    assertThat(CommandRun.embed(json, folder.resolve("out"), "--input", csv).failsInOneLine())
        .contains("json", "csv", "--input-format");
  }

  @Test
  void severalInputsAreOneTable() throws IOException {
    Path one = write("1.json", "{\"id\": \"a\", \"text\": \"x\"}\n");
    String two = write("2.json", "{\"id\": \"b\", \"text\": \"!\"}\n").toString();
    assertThat(embed(one, "--input", two).vectors("id")).containsOnlyKeys("a", "b");
  }

  @Test
  void allOtherColumnsAreKept() throws IOException {
    Path input = write("in.json", "{\"n\": 7, \"s\": {\"x\": [1.5]}, \"text\": \"x\"}\n");
    assertThat(embed(input).table().schema().toDDL())
        .isEqualTo("n BIGINT,s STRUCT<x: ARRAY<DOUBLE>>,text STRING,embedding ARRAY<FLOAT>");
  }

  @Test
  void aColumnsNameMayHaveDots() throws IOException {
    Path input = write("in.json", "{\"a.b\": \"This is an example sentence\"}\n");
    assertThat(embed(input, "--text-col", "a.b").vectors("a.b").values())
        .singleElement()
        .satisfies(v -> assertThat(Golden.difference(GOLDEN.vectors()[0], v)).isLessThan(1e-5));
  }

  // Faults of the input

  @ParameterizedTest
  @ValueSource(strings = {"_b.jsonl", ".b.jsonl"})
  void aFileThatSparkWouldPassOverIsRefused(String name) throws IOException {
    Path input = write(name, "{\"text\": \"x\"}\n");
    assertThat(CommandRun.embed(input, folder.resolve("out")).failsInOneLine())
        .contains(name, "rename it");
  }

  @Test
  void aMissingInput() {
    Path input = folder.resolve("none.json");
    assertThat(fault(input)).contains("none.json: no such file or folder");
  }

  @Test
  void anEmptyFile() throws IOException {
    assertThat(fault(write("in.json", ""))).contains("in.json", "it is empty");
  }

  @Test
  void anEmptyFolder() throws IOException {
    assertThat(fault(Files.createDirectory(folder.resolve("in")))).contains("holds no data files");
  }

  @Test
  void aTableWithoutRowsGivesATableWithoutRows() throws IOException {
    Output output = embed(write("in.csv", "id,text\n"));
    assertThat(output.table().count()).isZero();
    assertThat(output.manifest().rows()).isZero();
  }

  @Test
  void anEmptyTextFileHasNoRows() throws IOException {
    assertThat(embed(write("in.txt", "")).manifest().rows()).isZero();
  }

  @Test
  void aTableWithoutTheTextColumn() throws IOException {
    assertThat(fault(write("in.json", "{\"body\": \"x\", \"id\": 1}\n")))
        .contains("\"text\"", "body, id", "--text-col");
  }

  @Test
  void aTextColumnOfAnotherType() throws IOException {
    assertThat(fault(write("in.json", "{\"text\": [\"x\"]}\n")))
        .contains("Cannot embed column \"text\": it is array<string>, expected string");
  }

  @Test
  void anOutputColumnThatExists() throws IOException {
    assertThat(fault(write("in.json", "{\"text\": \"x\", \"Embedding\": 1}\n")))
        .contains("\"embedding\"", "--output-col");
  }

  // Malformed records

  private static final String WITH_MALFORMED =
      """
      {"id": "a", "text": "x"}
      {"id": "b", "text": "SECRET
      {"id": "c", "text": "!"}
      """;

  @Test
  void malformedRecordsAreKeptAndCounted() throws IOException {
    Path input = write("in.json", WITH_MALFORMED);
    CommandRun run = CommandRun.embed(input, folder.resolve("out")).succeeds();
    assertThat(run.err()).contains("1 malformed").doesNotContain("SECRET");
    Output output = new Output(folder.resolve("out"));
    assertThat(output.table().count()).isEqualTo(3);
    assertThat(output.manifest().rows()).isEqualTo(3);
    assertThat(output.run()).containsEntry("malformed", 1).containsEntry("nulls", 1);
    assertThat(output.rows("_corrupt_record").stream().filter(row -> !row.isNullAt(0))).hasSize(1);
  }

  @Test
  void malformedRecordsAreDroppedAndCounted() throws IOException {
    Output output = embed(write("in.json", WITH_MALFORMED), "--read-option", "mode=DROPMALFORMED");
    assertThat(output.vectors("id")).containsOnlyKeys("a", "c");
    assertThat(output.manifest().rows()).isEqualTo(2);
    assertThat(output.run())
        .containsEntry("malformed", 1)
        .containsEntry("rows", 2)
        .containsEntry("rowsWritten", 2);
    assertThat(output.table().columns()).containsExactly("id", "text", "embedding");
  }

  @Test
  void malformedRecordsFailTheRunWithoutBeingQuoted() throws IOException {
    Path input = write("in.json", WITH_MALFORMED);
    String line =
        CommandRun.embed(input, folder.resolve("out"), "--read-option", "mode=FAILFAST")
            .failsInOneLine();
    assertThat(line).contains("1 of 3 records are malformed json").doesNotContain("SECRET");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void anUnknownModeIsRefused() throws IOException {
    Path input = write("in.json", WITH_MALFORMED);
    assertThat(
            CommandRun.embed(input, folder.resolve("out"), "--read-option", "mode=LENIENT")
                .failsInOneLine())
        .contains("mode=LENIENT", "PERMISSIVE");
  }

  @Test
  void nothingButMalformedRecords() throws IOException {
    assertThat(fault(write("in.json", "SECRET\nSECRET\n")))
        .contains("\"text\"")
        .doesNotContain("SECRET");
  }

  // Texts

  @Test
  void nullEmptyAndBlankTexts() throws IOException {
    Path input =
        write(
            "in.json",
            """
            {"id": "null", "text": null}
            {"id": "empty", "text": ""}
            {"id": "blank", "text": " "}
            """);
    Output output = embed(input);
    Map<String, float[]> vectors = output.vectors("id");
    assertThat(vectors.get("null")).isNull();
    assertThat(Golden.difference(GOLDEN.vectors()[2], vectors.get("empty"))).isLessThan(TOLERANCE);
    assertThat(Golden.difference(GOLDEN.vectors()[3], vectors.get("blank"))).isLessThan(TOLERANCE);
    assertThat(output.run()).containsEntry("nulls", 1).containsEntry("rowsWritten", 3);
  }

  @Test
  void nullTextsAreSkippedAndCounted() throws IOException {
    Path input = write("in.json", "{\"id\": \"a\", \"text\": \"x\"}\n{\"id\": \"b\"}\n");
    Output output = embed(input, "--handle-invalid", "skip");
    assertThat(output.vectors("id")).containsOnlyKeys("a");
    assertThat(output.manifest().rows()).isEqualTo(1);
    assertThat(output.run()).containsEntry("skipped", 1).containsEntry("rows", 2);
  }

  @Test
  void aNullTextFailsTheRunIfAsked() throws IOException {
    Path input = write("in.json", "{\"id\": \"a\", \"text\": \"SECRET\"}\n{\"id\": \"b\"}\n");
    String line =
        CommandRun.embed(input, folder.resolve("out"), "--handle-invalid", "error")
            .failsInOneLine();
    assertThat(line).contains("Cannot embed column \"text\"", "is null").doesNotContain("SECRET");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aLongTextIsCutAndThatIsSaid() throws IOException {
    Path input = write("in.txt", "word ".repeat(200_000) + "\nx\n");
    CommandRun run = CommandRun.embed(input, folder.resolve("out")).succeeds();
    assertThat(run.err()).contains("warning: 1 of 2 texts (50%) are longer than 128 tokens");
    assertThat(new Output(folder.resolve("out")).run()).containsEntry("truncated", 1);
  }

  @Test
  void bytesThatAreNoUtf8BecomeReplacementCharacters() throws IOException {
    Path input = folder.resolve("in.txt");
    Files.write(input, new byte[] {'a', (byte) 0xff, (byte) 0xc3, 'b', '\n', 'x', '\n'});
    Output output = embed(input);
    assertThat(output.vectors("text").keySet()).containsExactlyInAnyOrder("a\ufffd\ufffdb", "x");
    assertThat(output.vectors("text").values())
        .allSatisfy(vector -> assertThat(norm(vector)).isCloseTo(1, within(1e-5)));
  }

  // Texts of several columns

  private static final String ARTICLES =
      """
      {"id": "both", "title": "This is an", "body": "example sentence"}
      {"id": "body", "title": null, "body": "Each sentence is converted"}
      {"id": "none", "title": null, "body": null}
      """;

  @Test
  void columnsAreJoinedBySpaces() throws IOException {
    Output output = embed(write("in.json", ARTICLES), "--text-col", "title,body");
    Map<String, float[]> vectors = output.vectors("id");
    assertThat(Golden.difference(GOLDEN.vectors()[0], vectors.get("both"))).isLessThan(TOLERANCE);
    assertThat(Golden.difference(GOLDEN.vectors()[1], vectors.get("body"))).isLessThan(TOLERANCE);
    assertThat(vectors.get("none")).isNull();
    assertThat(output.table().columns())
        .containsExactlyInAnyOrder("id", "title", "body", "embedding");
  }

  @Test
  void aTemplateLeavesNullsOut() throws IOException {
    String template =
        """
        {"id": "both", "title": "This is", "body": "example sentence"}
        {"id": "body", "title": null, "body": "Each sentence is converted"}
        """;
    Map<String, float[]> vectors =
        embed(write("in.json", template), "--text-col", "{title} an {body}").vectors("id");
    assertThat(Golden.difference(GOLDEN.vectors()[0], vectors.get("both"))).isLessThan(TOLERANCE);
    assertThat(Golden.difference(GOLDEN.vectors()[1], vectors.get("body"))).isLessThan(TOLERANCE);
  }

  @Test
  void aTemplateMayNameFieldsOfAStruct() throws IOException {
    Path input =
        write("in.json", "{\"id\": \"a\", \"m\": {\"t\": \"This is an example sentence\"}}\n");
    assertThat(
            Golden.difference(
                GOLDEN.vectors()[0], embed(input, "--text-col", "{m.t}").vectors("id").get("a")))
        .isLessThan(TOLERANCE);
  }

  @Test
  void aTemplateWithAnUnknownColumn() throws IOException {
    Path input = write("in.json", ARTICLES);
    assertThat(
            CommandRun.embed(input, folder.resolve("out"), "--text-col", "{titel}. {body}")
                .failsInOneLine())
        .contains("\"titel\"", "body, id, title");
  }

  @Test
  void theGoldenTextsOneByOne() throws IOException {
    StringBuilder lines = new StringBuilder();
    var json = new com.fasterxml.jackson.databind.ObjectMapper();
    List<String> texts = GOLDEN.texts();
    for (int i = 0; i < texts.size(); i++) {
      lines
          .append(json.writeValueAsString(Map.of("id", "" + i, "text", texts.get(i))))
          .append('\n');
    }
    Map<String, float[]> vectors = embed(write("in.jsonl", lines.toString())).vectors("id");
    for (int i = 0; i < texts.size(); i++) {
      assertThat(Golden.difference(GOLDEN.vectors()[i], vectors.get("" + i)))
          .as("text %d", i)
          .isLessThan(TOLERANCE);
    }
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private Output embed(Path input, String... more) {
    Path output = folder.resolve("out");
    CommandRun.embed(input, output, more).succeeds();
    return new Output(output);
  }

  private String fault(Path input) {
    String line = CommandRun.embed(input, folder.resolve("out")).failsInOneLine();
    assertThat(folder.resolve("out")).doesNotExist();
    return line;
  }

  private static void assertGolden(Map<String, float[]> vectors) {
    assertThat(vectors).containsOnlyKeys("a", "b");
    assertThat(Golden.difference(GOLDEN.vectors()[0], vectors.get("a"))).isLessThan(TOLERANCE);
    assertThat(Golden.difference(GOLDEN.vectors()[1], vectors.get("b"))).isLessThan(TOLERANCE);
  }

  private static double norm(float[] vector) {
    double sum = 0;
    for (float component : vector) {
      sum += component * component;
    }
    return Math.sqrt(sum);
  }
}
