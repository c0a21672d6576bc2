package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTrainerTest {

  /** What Hugging Face's trainer made of these texts. */
  private static JsonNode reference;

  private static List<String> texts;

  @TempDir Path folder;

  @BeforeAll
  static void read() throws IOException {
    reference =
        new ObjectMapper()
            .readTree(BytePairTrainerTest.class.getResource("/training/byte-pair.json"));
    texts = new ArrayList<>();
    reference.get("texts").forEach(text -> texts.add(text.textValue()));
  }

  private static BytePairVocabulary train(List<String> texts, int size) {
    BytePairTrainer trainer = new BytePairTrainer();
    texts.forEach(trainer::add);
    return trainer.train(size);
  }

  private List<String> merges(BytePairVocabulary vocabulary) throws IOException {
    vocabulary.write(folder);
    return Files.readAllLines(folder.resolve("merges.txt"));
  }

  @Test
  void mergesEqualTheReferenceTrainers() throws IOException {
    List<String> expected = new ArrayList<>(List.of("#version: 0.2"));
    reference.get("merges").forEach(merge -> expected.add(merge.textValue()));
    assertThat(merges(train(texts, 5000))).isEqualTo(expected);
  }

  @Test
  void tokensEqualTheReferenceTokenizers() {
    BytePairVocabulary vocabulary = train(texts, 5000);
    for (JsonNode encoded : reference.get("encoded")) {
      List<String> tokens = new ArrayList<>();
      encoded.get("tokens").forEach(token -> tokens.add(token.textValue()));
      assertThat(
              Arrays.stream(vocabulary.encode(encoded.get("text").textValue()))
                  .mapToObj(vocabulary.tokens()::get))
          .isEqualTo(tokens);
    }
  }

  @Test
  void orderOfTheTextsDoesNotMatter() throws IOException {
    List<String> shuffled = new ArrayList<>(texts);
    Collections.shuffle(shuffled, new Random(1));
    assertThat(merges(train(shuffled, 300))).isEqualTo(merges(train(texts, 300)));
  }

  @Test
  void layoutIsRobertas() throws IOException {
    BytePairVocabulary vocabulary = train(texts, 300);
    assertThat(vocabulary.size()).isEqualTo(300);
    assertThat(vocabulary.tokens().subList(0, 5))
        .containsExactly("<s>", "<pad>", "</s>", "<unk>", "!");
    assertThat(vocabulary.tokens().get(260)).isEqualTo("he");
    assertThat(vocabulary.tokens().get(299)).isEqualTo("<mask>");
    assertThat(vocabulary.tokens()).doesNotHaveDuplicates();

    vocabulary.write(folder);
    JsonNode ids = new ObjectMapper().readTree(folder.resolve("vocab.json").toFile());
    assertThat(ids.size()).isEqualTo(300);
    for (int id = 0; id < 300; id++) {
      assertThat(ids.get(vocabulary.tokens().get(id)).intValue()).isEqualTo(id);
    }
  }

  @Test
  void mergesStopAtTheSizeThatWasAskedFor() throws IOException {
    assertThat(merges(train(texts, BytePairVocabulary.MIN_SIZE))).hasSize(1);
    assertThat(merges(train(texts, BytePairVocabulary.MIN_SIZE + 10))).hasSize(11);
  }

  @Test
  void vocabularyIsSmallerWhereNoPairIsSeenTwice() {
    assertThat(train(List.of("abc"), 1000).size()).isEqualTo(BytePairVocabulary.MIN_SIZE);
    assertThat(train(List.of(), 1000).size()).isEqualTo(BytePairVocabulary.MIN_SIZE);
  }

  @Test
  void longWordIsLeftOut() {
    String blob = "ab".repeat(200);
    assertThat(train(List.of(blob, blob), 1000).size()).isEqualTo(BytePairVocabulary.MIN_SIZE);
  }

  @Test
  void partsAreWhatATokenWasMergedFrom() {
    BytePairVocabulary vocabulary = train(texts, 5000);
    List<String> tokens = vocabulary.tokens();
    assertThat(vocabulary.parts(tokens.indexOf("Ġparcel")).stream().map(tokens::get))
        .containsExactly("Ġparce", "l");
    assertThat(vocabulary.parts(BytePairVocabulary.BOS)).isEmpty();
    assertThat(vocabulary.parts(tokens.indexOf("a"))).isEmpty();
    assertThat(vocabulary.parts(tokens.indexOf("<mask>"))).isEmpty();
  }

  @Test
  void sizeWithoutRoomForTheBytesIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BytePairTrainer().train(100))
        .withMessage(
            "The vocabulary size is 100, expected at least 261: the special tokens and the 256 bytes");
  }
}
