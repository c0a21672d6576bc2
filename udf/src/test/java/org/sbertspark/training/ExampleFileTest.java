package org.sbertspark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleFileTest {
  @TempDir Path folder;

  @Property(tries = 100)
  void givesEveryExampleOnceAndInNoOtherOrderWhenTheyArriveInAnother(
      @ForAll @Size(max = 200) List<@Size(3) List<String>> examples, @ForAll Random random)
      throws IOException {
    List<List<String>> shuffled = new ArrayList<>(examples);
    Collections.shuffle(shuffled, random);
    try (ExampleFile one = ExampleFiles.of(examples);
        ExampleFile other = ExampleFiles.of(shuffled)) {
      assertThat(ExampleFiles.all(one)).isEqualTo(ExampleFiles.all(other));
      // What Java cannot write as UTF-8, half of a surrogate pair, Spark cannot hold either.
      assertThat(ExampleFiles.all(one).stream().map(Example::texts))
          .containsExactlyInAnyOrderElementsOf(
              examples.stream()
                  .map(texts -> texts.stream().map(ExampleFileTest::utf8).toList())
                  .toList());
    }
  }

  private static String utf8(String text) {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  @Test
  void holdsMoreExamplesThanOneChunkOfPlaces() throws IOException {
    try (ExampleFile file = ExampleFiles.pairs(100_000)) {
      assertThat(file.size()).isEqualTo(100_000);
      assertThat(IntStream.range(0, file.size()).mapToObj(i -> file.get(i).texts().get(0)))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void closingDeletesTheFile() throws IOException {
    Path path = folder.resolve("examples");
    try (ExampleFile.Writer writer = ExampleFile.create(path, "pairs")) {
      ExampleFile file = writer.add(List.of("a", "b")).finish();
      assertThat(file.texts()).isEqualTo(2);
      file.close();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void writerThatDidNotFinishLeavesNoFile() throws IOException {
    Path path = folder.resolve("examples");
    try (ExampleFile.Writer writer = ExampleFile.create(path, "pairs")) {
      writer.add(List.of("a", "b"));
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void fileThatExistsIsLeftAlone() throws IOException {
    Path path = Files.writeString(folder.resolve("examples"), "mine");
    assertThatThrownBy(() -> ExampleFile.create(path, "pairs"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(path).hasContent("mine");
  }

  @Test
  void emptyFileHasNoExamples() throws IOException {
    try (ExampleFile file = ExampleFiles.of(List.of())) {
      assertThat(file.size()).isZero();
      assertThat(file.texts()).isZero();
      assertThatThrownBy(() -> file.get(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void nullTextsAndOtherNumbersOfTextsAreRefused() throws IOException {
    try (ExampleFile.Writer writer = ExampleFile.create(folder.resolve("examples"), "pairs")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.add(Arrays.asList("a", null)))
          .withMessage(
              "Cannot train on data set pairs: text 2 of an example is null; leave such rows out");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.add(List.of("a")))
          .withMessage("Cannot train on data set pairs: an example has 1 texts, expected 2");
      writer.add(List.of("a", "b", "c"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.add(List.of("a", "b")))
          .withMessage("Cannot train on data set pairs: an example has 2 texts, expected 3");
    }
  }
}
