package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.sbertspark.evaluation.PairedBootstrap;
import org.sbertspark.job.JudgedModel.Result;

/** Main scores as a table for people: a line a task, and their mean. */
final class ScoreTable {
  private static final String GAP = "  ";

  private final List<List<String>> lines = new ArrayList<>();

  /** Of one model. */
  static void print(JudgedModel model, PrintWriter out) {
    ScoreTable table = new ScoreTable();
    table.line("Task", "Main score", "Value", "Items", "Left out");
    for (Result result : model.results()) {
      TaskScores scores = result.scores();
      table.line(
          result.task().name(),
          scores.mainName(),
          score(scores.main()),
          count(scores.judged()) + " " + scores.items(),
          count(scores.leftOut()));
    }
    table.line("Mean of " + model.results().size(), "", score(model.mean()), "", "");
    table.print(out);
  }

  /**
   * Of two models, A and B, and how sure their difference is.
   *
   * @param differences of the tasks
   */
  static void print(
      JudgedModel a, JudgedModel b, List<PairedBootstrap> differences, PrintWriter out) {
    ScoreTable table = new ScoreTable();
    table.line("Task", "Main score", "A", "B", "B - A", "95% interval", "");
    for (int i = 0; i < differences.size(); i++) {
      Result result = a.results().get(i);
      PairedBootstrap difference = differences.get(i);
      table.line(
          result.task().name(),
          result.scores().mainName(),
          score(result.scores().main()),
          score(b.results().get(i).scores().main()),
          signed(difference.difference()),
          interval(difference, result.scores().judged()),
          difference.tellsApart() ? "*" : "");
    }
    table.line(
        "Mean of " + differences.size(),
        "",
        score(a.mean()),
        score(b.mean()),
        signed(b.mean() - a.mean()),
        "",
        "");
    table.print(out);
  }

  private static String interval(PairedBootstrap difference, int items) {
    if (items < PairedBootstrap.MIN_ITEMS) {
      return "none: 1 item";
    }
    return difference.hasInterval()
        ? "%s to %s".formatted(signed(difference.low()), signed(difference.high()))
        : "none";
  }

  private void line(String... cells) {
    lines.add(List.of(cells));
  }

  private static String score(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String signed(double value) {
    return Double.isNaN(value) ? "?" : String.format(Locale.ROOT, "%+.4f", value);
  }

  private static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private void print(PrintWriter out) {
    int[] widths =
        IntStream.range(0, lines.get(0).size())
            .map(i -> lines.stream().mapToInt(line -> line.get(i).length()).max().orElseThrow())
            .toArray();
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        text.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length())).append(GAP);
      }
      out.println(text.toString().stripTrailing());
    }
  }
}
