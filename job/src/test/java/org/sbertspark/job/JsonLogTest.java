package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.OtherJvm;
import org.sbertspark.testing.TestCache;

/** What a process says with conf/log4j2-json.properties. */
@ExtendWith(TestCache.class)
class JsonLogTest {
  @TempDir private Path folder;

  /** Embeds a table of each of these names in a folder. */
  static final class Embeddings {
    private Embeddings() {}

    public static void main(String[] args) {
      for (String name : args[1].split(",", -1)) {
        String[] words = {
          "embed",
          "--json",
          "--model",
          CommandRun.MODEL,
          "--input",
          Path.of(args[0], name).toString(),
          "--output",
          Path.of(args[0], name + "-out").toString()
        };
        Main.run(
            words,
            Optional.empty(),
            new PrintWriter(System.out, true),
            new PrintWriter(System.err, true));
      }
      SparkSession.active().stop();
    }
  }

  @Test
  void everyLineIsJsonOrTheCommandsOwn() throws IOException, InterruptedException {
    write("good.txt", "word ".repeat(1_000) + "\n");
    write("headers/a.csv", "id,text\na,the longest of both files\n");
    write("headers/b.csv", "b,SECRET\n");
    String said =
        OtherJvm.run(
            Embeddings.class,
            List.of(
                "-Dlog4j2.configurationFile=" + Path.of("../conf/log4j2-json.properties").toUri(),
                "-Dspark.master=local[1]",
                "-Dspark.ui.enabled=false",
                "-Dspark.driver.bindAddress=127.0.0.1"),
            folder.toString(),
            "good.txt,headers,missing");
    List<String> own = new ArrayList<>();
    List<JsonNode> objects = new ArrayList<>();
    for (String line : said.lines().toList()) {
      if (line.startsWith("sbert-spark: ")) {
        own.add(line);
      } else {
        objects.add(new ObjectMapper().readTree(line));
      }
    }
    assertThat(own)
        .anyMatch(line -> line.contains("warning: 1 of 1 texts"))
        .anyMatch(line -> line.contains("b.csv: its header does not name the same columns"))
        .anyMatch(line -> line.contains("missing: no such file or folder"));
    assertThat(objects)
        .anyMatch(object -> object.path("message").asText().startsWith("Embedded {"))
        .anyMatch(object -> object.path("rowsWritten").asInt() == 1);
    assertThat(said).doesNotContain("SECRET");
  }

  private void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
