package org.sbertspark.job;

import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A task and its data: options of the command, and keys of a suite's entry. */
final class TaskOptions {
  @Option(
      names = "--task",
      paramLabel = "TASK",
      description = {
        "One of ${COMPLETION-CANDIDATES}.",
        "sts: Spearman's and Pearson's correlation with scores; pairs: average precision, accuracy and"
            + " F1 with labels 0 and 1; clustering: V-measure of mini-batch k-means with labels;"
            + " retrieval: nDCG and others on a BEIR folder; reranking: MAP and MRR on candidates."
      })
  EvaluationTask task;

  @Option(
      names = "--input",
      paramLabel = "PATH",
      arity = "1..*",
      description =
          "Files, folders or globs of the task; for retrieval one folder with corpus.jsonl,"
              + " queries.jsonl and qrels/*.tsv.")
  List<String> paths;

  @Mixin ReadOptions read;

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      defaultValue = "auto",
      description = {
        "sts, pairs: how the pairs stand in the files, ${COMPLETION-CANDIDATES}.",
        "table: named columns; sts: lines of a score and two sentences, separated by tabs, without a"
            + " header; sick: SICK's lines with their header. auto: .tsv and .txt files are what their"
            + " first line says, others tables. Default: ${DEFAULT-VALUE}."
      })
  PairLayout layout;

  @Option(
      names = "--score-col",
      paramLabel = "COLUMN",
      description =
          "sts, pairs: the score, or the label 0 or 1. Default: score, label or relatedness_score.")
  String scoreColumn;

  @Option(
      names = "--first-col",
      paramLabel = "COLUMN",
      description = "sts, pairs: the first text. Default: sentence1, sentence_A or first.")
  String firstColumn;

  @Option(
      names = "--second-col",
      paramLabel = "COLUMN",
      description = "sts, pairs: the second text. Default: sentence2, sentence_B or second.")
  String secondColumn;

  @Option(
      names = "--query-col",
      paramLabel = "COLUMN",
      description = "reranking: the query's text. Default: query, else qtext.")
  String queryColumn;

  @Option(
      names = "--text-col",
      paramLabel = "COLUMN",
      description = {
        "clustering: the text, or an array of the texts of a set. Default: text, else sentences.",
        "reranking: the candidate. Default: text, else atext."
      })
  String textColumn;

  @Option(
      names = "--label-col",
      paramLabel = "COLUMN",
      description = {
        "clustering: the label, or an array of those of a set. Default: label, else labels.",
        "reranking: 1 if the candidate answers the query, else 0. Default: label."
      })
  String labelColumn;

  @Option(
      names = "--set-col",
      paramLabel = "COLUMN",
      description =
          "clustering: the set that a text is of; each is clustered by itself. Default: all are one"
              + " set.")
  String setColumn;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "clustering: random starts, of which mean and standard deviation are told."
              + " Default: ${DEFAULT-VALUE}.")
  int seeds;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "retrieval: the file of qrels. Default: test, else the only one.")
  String split;

  void validate() {
    Arguments.require(task != null, "--task", "not given", "one of them");
    Arguments.require(paths != null, "--input", "not given", "a path");
    Arguments.atLeast("--seeds", seeds, 1, "1 or more");
  }
}
