package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.Golden;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.testing.Folders;
import org.sbertspark.testing.TestCache;

/** The command {@code model} on the golden folders; no Spark session is open. */
@ExtendWith(TestCache.class)
class ModelCommandTest {
  private static final String ROBERTA = folder(Golden.ROBERTA);

  /** Its text 8 differs: see ParityTest. */
  private static final String ALBERT = folder("albert-mean-spiece");

  @TempDir Path temporary;

  private record Result(int code, String out, String err) {}

  private static Result run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(words, Optional.empty(), new PrintWriter(out, true), new PrintWriter(err, true));
    return new Result(code, out.toString(), err.toString());
  }

  private static String folder(String golden) {
    return Golden.read(golden).folder().toString();
  }

  private String file(String name) {
    return temporary.resolve(name).toString();
  }

  @Test
  void infoSaysWhatTheModelIs() {
    Result info = run("model", "info", folder("distilbert-max-dense-tanh"));
    assertThat(info.err()).isEmpty();
    assertThat(info.out())
        .contains("Model           distilbert-max-dense-tanh")
        .containsPattern("Fingerprint     [0-9a-f]{64}")
        .containsPattern("Family          distilbert, layers \\d+, heads \\d+")
        .containsPattern("Modules         Transformer -> \\d+\n")
        .containsPattern(" {16}Pooling \\(modes=max\\) -> \\d+\n")
        .containsPattern(
            " {16}Dense \\(inputDimension=\\d+, activation=Tanh, bias=true\\) -> \\d+\n")
        .containsPattern("Tokenizer       WordPiece, [\\d,]+ tokens")
        .contains("Weights         safetensors, F16")
        .contains("Prompts         none")
        .containsPattern(" bytes  2_Dense/config.json\n")
        .containsPattern(" bytes  vocab.txt\n");
    assertThat(info.code()).isEqualTo(Main.OK);
  }

  @Test
  void infoOfStoredHalvesAndSeveralPoolings() {
    Result info = run("model", "info", folder("roberta-four-poolings-bf16"));
    assertThat(info.out())
        .contains("Weights         safetensors, BF16")
        .containsPattern("Pooling \\(modes=[a-z_]+(\\+[a-z_]+){3}\\)");
    info = run("model", "info", folder("camembert-mean-normalize"));
    assertThat(info.out())
        .contains("Weights         PyTorch checkpoint, F32")
        .contains("Tokenizer       Unigram, ")
        .contains(" bytes  sentencepiece.bpe.model");
  }

  @Test
  void infoNamesPromptsAndTheDefault() throws IOException {
    Path copy = copy(Golden.ROBERTA);
    Files.writeString(
        copy.resolve("config_sentence_transformers.json"),
        """
        {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query"}
        """);
    assertThat(run("model", "info", copy.toString()).out())
        .contains("Prompts         query: \"query: \" (default)")
        .contains("                passage: \"passage: \"\n");
  }

  @Test
  void infoOfABundleIsThatOfItsFolder() throws IOException {
    assertThat(run("model", "pack", ROBERTA, "--output", file("m.sbert")).code()).isZero();
    Result ofBundle = run("model", "info", "--json", file("m.sbert"));
    assertThat(ofBundle.out()).isEqualTo(run("model", "info", "--json", ROBERTA).out());
    JsonNode json = new ObjectMapper().readTree(ofBundle.out());
    assertThat(json.get("dimension").asInt()).isEqualTo(768);
    assertThat(json.get("parameters").asLong()).isPositive();
    assertThat(json.get("modules").get(2).get("type").asText()).isEqualTo("Normalize");
  }

  @Test
  void infoOfNothingIsOneLine() {
    Result info = run("model", "info", file("none"));
    assertThat(info.code()).isEqualTo(Main.FAILED);
    assertThat(info.err()).hasLineCount(1).contains("Cannot load model " + file("none"));
  }

  @Test
  void packedModelIsUsedAsAModel() throws IOException {
    Result pack = run("model", "pack", ROBERTA, "--output", file("m.sbert"));
    ModelBundle bundle = ModelBundle.open(Path.of(file("m.sbert")));
    assertThat(pack.out())
        .contains(bundle.fingerprint())
        .contains(String.format(Locale.ROOT, "%,d bytes", Files.size(bundle.file())));
    assertThat(temporary).isDirectoryNotContaining(file -> !file.endsWith("m.sbert"));

    Result verify = run("model", "verify", file("m.sbert"), "--golden", ROBERTA + "/golden.json");
    assertThat(verify.err()).isEmpty();
    assertThat(verify.out()).contains("Token ids                equal");
  }

  @Test
  void packReplacesOnlyIfAsked() throws IOException {
    Files.writeString(temporary.resolve("m.sbert"), "precious");
    Result refused = run("model", "pack", ROBERTA, "--output", file("m.sbert"));
    assertThat(refused.code()).isEqualTo(Main.FAILED);
    assertThat(refused.err()).contains("m.sbert: it exists; use --mode overwrite");
    assertThat(temporary.resolve("m.sbert")).hasContent("precious");

    assertThat(
            run("model", "pack", ROBERTA, "--output", file("m.sbert"), "--mode", "append").code())
        .isEqualTo(Main.USAGE);
    assertThat(run("model", "pack", ROBERTA, "--output", file("m.bin")).err())
        .contains("expected a file's name that ends in .sbert");
    assertThat(
            run("model", "pack", ROBERTA, "--output", file("m.sbert"), "--mode", "overwrite")
                .code())
        .isZero();
    assertThat(ModelBundle.open(temporary.resolve("m.sbert")).dimension()).isEqualTo(768);
  }

  @Test
  void packedGoldenTextsOfOnesOwnAreVerifiedAndKeptApart() throws IOException {
    Files.writeString(temporary.resolve("texts.txt"), "first\n\nthird\n");
    Files.writeString(temporary.resolve("texts.json"), "{\"texts\": [\"only\"]}");
    for (String texts : List.of("texts.txt", "texts.json")) {
      String packed = file(texts + ".sbert");
      Result pack = run("model", "pack", ROBERTA, "--output", packed, "--golden", file(texts));
      assertThat(pack.err()).isEmpty();
      Result verify = run("model", "verify", packed);
      assertThat(verify.err()).isEmpty();
      assertThat(verify.out())
          .contains(
              "Golden texts             %d, the bundle's own"
                  .formatted(texts.endsWith("txt") ? 3 : 1))
          .contains("Token ids                not given");
    }
    ModelBundle usual = ModelBundle.of(Path.of(ROBERTA));
    ModelBundle own = ModelBundle.open(temporary.resolve("texts.txt.sbert"));
    assertThat(own.fingerprint()).isEqualTo(usual.fingerprint());
    assertThat(own.fileName()).isNotEqualTo(usual.fileName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-cls-lowercase-bin", "mpnet-mean-normalize", "xlmr-mean-unigram"})
  void modelsGiveTheVectorsOfThePythonImplementation(String golden) {
    Result verify = run("model", "verify", folder(golden));
    assertThat(verify.err()).isEmpty();
    assertThat(verify.code()).isEqualTo(Main.OK);
    assertThat(verify.out())
        .contains("Golden texts             %d, ".formatted(Golden.read(golden).texts().size()))
        .containsPattern("Largest difference       \\d\\.\\d\\de-\\d\\d of the norm \\(text \\d+")
        .contains("Least cosine             1.0000000")
        .contains("Token ids                equal");
  }

  @Test
  void verifyComparesAPrecisionWithFloat32() throws IOException {
    Files.writeString(temporary.resolve("texts.txt"), "A first text.\nAnother one\n");
    String[] int8 = {"model", "verify", ROBERTA, "--precision", "int8"};
    Result verify = run(with(int8, "--texts", file("texts.txt")));
    assertThat(verify.err()).isEmpty();
    assertThat(verify.code()).isEqualTo(Main.OK);
    assertThat(verify.out())
        .contains("Precision                int8, against float32")
        .contains("Texts                    2, " + file("texts.txt"))
        .containsPattern("Mean cosine              0\\.99\\d{4}");

    Result refused = run(with(int8, "--texts", file("texts.txt"), "--min-cosine", "1"));
    assertThat(refused.code()).isEqualTo(Main.FAILED);
    assertThat(refused.err())
        .hasLineCount(1)
        .contains("in int8 is too far from float32 on these texts: mean cosine 0.99");

    assertThat(run("model", "verify", ROBERTA, "--texts", file("texts.txt")).err())
        .contains("--texts")
        .contains("expected --precision int8, bfloat16 or float16 beside it");
  }

  @Test
  void aDeviceThatIsNotThereIsToldInOneLine() {
    Result verify = run("model", "verify", ROBERTA, "--device", "cuda:63");
    assertThat(verify.code()).isEqualTo(Main.FAILED);
    assertThat(verify.err()).hasLineCount(1).contains("Cannot use cuda:63: libtorch ");
    assertThat(run("model", "verify", ROBERTA, "--precision", "float16").err())
        .hasLineCount(1)
        .contains("float16 is for GPUs: ");
  }

  @Test
  void packTriesThePrecisionBeforeItWrites() {
    String[] pack = {"model", "pack", ROBERTA, "--output", file("tried.sbert")};
    Result refused = run(with(pack, "--precision", "float16"));
    assertThat(refused.code()).isEqualTo(Main.FAILED);
    assertThat(refused.err()).hasLineCount(1).contains("float16 is for GPUs: ");
    assertThat(temporary.resolve("tried.sbert")).doesNotExist();
    assertThat(run(with(pack, "--precision", "int8")).err()).isEmpty();
    assertThat(temporary.resolve("tried.sbert")).exists();
  }

  private static String[] with(String[] arguments, String... more) {
    return Stream.of(arguments, more).flatMap(Stream::of).toArray(String[]::new);
  }

  @Test
  void differenceIsReportedWithTheTextsNumberOnly() {
    Result verify = run("model", "verify", ALBERT);
    assertThat(verify.code()).isEqualTo(Main.FAILED);
    assertThat(verify.out())
        .contains("(text 8, counted from 0)")
        .contains("Token ids                not equal");
    assertThat(verify.err())
        .hasLineCount(1)
        .contains("does not give the vectors of")
        .contains("expected at most 1.00e-05");
    String text = Golden.read("albert-mean-spiece").texts().get(8);
    assertThat(verify.out() + verify.err()).doesNotContain(text);

    assertThat(run("model", "verify", ALBERT, "--tolerance", "2").code()).isEqualTo(Main.OK);
    assertThat(run("model", "verify", ALBERT, "--tolerance", "0").code()).isEqualTo(Main.USAGE);
  }

  @Test
  void goldenVectorsMayStandInTheFile() throws IOException {
    Golden golden = Golden.read(Golden.ROBERTA);
    Path file = temporary.resolve("mine.json");
    var json = new ObjectMapper().createObjectNode();
    json.putPOJO("texts", golden.texts()).putPOJO("vectors", golden.vectors());
    Files.write(file, new ObjectMapper().writeValueAsBytes(json));
    assertThat(run("model", "verify", ROBERTA, "--golden", file.toString()).out())
        .contains("Token ids                not given");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"texts\": []}",
        "{\"texts\": [\"a\"]}",
        "{\"texts\": [1], \"vectors\": [[1]]}",
        "{\"texts\": [\"secret\"], \"vectors\": []}",
        "{\"texts\": [\"secret\"], \"vectors\": [[\"secret\"]]}",
        "{\"texts\": [\"secret\"], \"vectors\": [[1, 2]]}",
        "{\"texts\": [\"secret\"], \"vectors\": [[1]], \"input_ids\": [[0.5]]}",
        "{\"texts\": [\"secret"
      })
  void badGoldenFileIsOneLineWithoutItsTexts(String json) throws IOException {
    Path file = Files.write(temporary.resolve("b.json"), json.getBytes(StandardCharsets.UTF_8));
    Result verify = run("model", "verify", ROBERTA, "--golden", file.toString());
    assertThat(verify.code()).isEqualTo(Main.FAILED);
    assertThat(verify.err()).hasLineCount(1).contains("Cannot ").doesNotContain("secret");
  }

  @Test
  void withoutASubcommandTheHelpIsShown() {
    assertThat(run("model").out()).contains("info", "pack", "verify");
  }

  private Path copy(String golden) throws IOException {
    return Folders.copy(Golden.read(golden).folder(), temporary.resolve("copy"));
  }
}
