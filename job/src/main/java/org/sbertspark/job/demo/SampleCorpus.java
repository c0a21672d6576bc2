package org.sbertspark.job.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The short texts that come with the program, written for it. */
public final class SampleCorpus {
  private static final String CORPUS = "corpus.jsonl";
  private static final String PROSE = "prose.txt";

  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+");

  private SampleCorpus() {}

  /** One text; {@code id} is unique. What it is about is not here: see {@link #topics()}. */
  public record SampleText(int id, String text) {

    /** Whether the demo model was kept from seeing this text when it was made. */
    public boolean heldOut() {
      return id % 5 == 0;
    }
  }

  /** All texts, in the order of the file. */
  public static List<SampleText> texts() {
    return corpus().stream()
        .map(line -> new SampleText(line.required("id").intValue(), text(line, "text")))
        .toList();
  }

  /**
   * The topic of each text, in the order of {@link #texts()}. Only for judging clusters: nothing
   * that makes vectors may call this.
   */
  public static List<String> topics() {
    return corpus().stream().map(line -> text(line, "topic")).toList();
  }

  /** Writes the corpus as JSON lines with {@code id}, {@code text} and {@code topic}. */
  public static void write(Path file) throws IOException {
    Files.write(file, resource(CORPUS));
  }

  /** Sentences about other things than the texts: they show which words are common everywhere. */
  static List<String> prose() {
    String prose = new String(resource(PROSE), StandardCharsets.UTF_8);
    return SENTENCE_END.splitAsStream(prose).filter(sentence -> !sentence.isBlank()).toList();
  }

  private static List<JsonNode> corpus() {
    ObjectMapper mapper = new ObjectMapper();
    try (var lines = mapper.readerFor(JsonNode.class).<JsonNode>readValues(resource(CORPUS))) {
      return lines.readAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(JsonNode line, String field) {
    return line.required(field).textValue();
  }

  private static byte[] resource(String name) {
    try (InputStream in = SampleCorpus.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The program's jar has no " + name + ": build it again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
