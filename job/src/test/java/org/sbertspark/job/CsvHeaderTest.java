package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sbertspark.testing.TestCache;

/** Files of one input whose headers differ. */
@ExtendWith(TestCache.class)
class CsvHeaderTest {
  @TempDir private Path folder;
  private Path input;
  private Path output;

  @BeforeEach
  void aFile() throws IOException {
    input = Files.createDirectory(folder.resolve("in"));
    output = folder.resolve("out");
    // The largest file is the one whose header Spark takes for all.
    write("a.csv", "id,text\na,the first and longest text of them all\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text,id\nSECRET,b\n",
        "id,text,more\nb,SECRET,x\n",
        "text\nSECRET\n",
        "b,SECRET\n"
      })
  void aFileWithOtherColumnsIsRefusedByName(String other) throws IOException {
    write("b.csv", other);
    assertThat(CommandRun.embed(input, output).failsInOneLine())
        .contains("b.csv: its header does not name the same columns", "enforceSchema=true")
        .doesNotContain("SECRET");
    assertThat(output).doesNotExist();
  }

  @Test
  void aFileInWhichANameIsMissingIsRefused() throws IOException {
    write("b.csv", "id,\nb,SECRET\n");
    assertThat(CommandRun.embed(input, output).failsInOneLine())
        .contains("its header does not name the same columns")
        .doesNotContain("SECRET");
  }

  @Test
  void aNewFileOfALaterRunIsRefusedByName() throws IOException {
    String checkpoint = folder.resolve("checkpoint").toString();
    CommandRun.embed(input, output, "--checkpoint", checkpoint).succeeds();
    write("b.csv", "text,id\nSECRET,b\n");
    assertThat(CommandRun.embed(input, output, "--checkpoint", checkpoint).failsInOneLine())
        .contains("b.csv: its header does not name the same columns")
        .doesNotContain("SECRET");
    write("b.csv", "id,text\nb,second\n");
    CommandRun.embed(input, output, "--checkpoint", checkpoint).succeeds();
    assertThat(new Output(output).vectors("id")).containsOnlyKeys("a", "b");
  }

  @Test
  void columnsAreTakenByTheirPlacesIfAsked() throws IOException {
    write("b.csv", "key,body\nb,second\n");
    CommandRun.embed(input, output, "--read-option", "enforceSchema=true").succeeds();
    assertThat(new Output(output).vectors("id")).containsOnlyKeys("a", "b");
  }

  /** As pandas writes them: the column of row numbers has no name. */
  @Test
  void aColumnWithoutANameIsNoObstacle() throws IOException {
    Path alone = Files.writeString(folder.resolve("alone.csv"), ",id,text\n0,b,second\n");
    CommandRun.embed(alone, output).succeeds();
    assertThat(new Output(output).vectors("id")).containsOnlyKeys("b");
  }

  /** Spark adds their places to the names. */
  @Test
  void twoColumnsOfOneNameAreNoObstacle() throws IOException {
    Path alone = Files.writeString(folder.resolve("alone.csv"), "id,text,ID\nb,second,c\n");
    CommandRun.embed(alone, output).succeeds();
    assertThat(new Output(output).vectors("id0")).containsOnlyKeys("b");
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(input.resolve(name), content);
  }
}
