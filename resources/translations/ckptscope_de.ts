<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>ckptscope::ui</name>
    <message>
        <source>1 byte</source>
        <translation>1 Byte</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 Bytes</translation>
    </message>
    <message>
        <source>1 tensor</source>
        <translation>1 Tensor</translation>
    </message>
    <message>
        <source>%1 tensors</source>
        <translation>%1 Tensoren</translation>
    </message>
    <message>
        <source>1 element</source>
        <translation>1 Element</translation>
    </message>
    <message>
        <source>%1 elements</source>
        <translation>%1 Elemente</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
    <message>
        <source>note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>advice</source>
        <translation>Rat</translation>
    </message>
    <message>
        <source>violation</source>
        <translation>Verstoß</translation>
    </message>
    <message>
        <source>damage</source>
        <translation>Schaden</translation>
    </message>
    <message>
        <source>Open the file that it points to, or copy it into the folder.</source>
        <translation>Öffnen Sie die Datei, auf die er zeigt, oder kopieren Sie sie in den Ordner.</translation>
    </message>
    <message>
        <source>Open one of these files.</source>
        <translation>Öffnen Sie eine dieser Dateien.</translation>
    </message>
    <message>
        <source>Mend first what Findings calls damage.</source>
        <translation>Beheben Sie zuerst, was unter Befunde Schaden heißt.</translation>
    </message>
    <message>
        <source>Save it as safetensors, then repair the copy.</source>
        <translation>Speichern Sie ihn als safetensors und reparieren Sie die Kopie.</translation>
    </message>
    <message>
        <source>Choose another name, or let it be replaced once the new one is complete.</source>
        <translation>Wählen Sie einen anderen Namen, oder lassen Sie ihn ersetzen, sobald der neue vollständig ist.</translation>
    </message>
    <message>
        <source>Choose another place; the source is written to only by Replace in place.</source>
        <translation>Wählen Sie einen anderen Ort; in die Quelle schreibt nur „An Ort und Stelle ersetzen“.</translation>
    </message>
    <message>
        <source>Leave them out by name.</source>
        <translation>Lassen Sie sie beim Namen weg.</translation>
    </message>
    <message>
        <source>Choose what their values become: a larger file, and no better than the blocks.</source>
        <translation>Wählen Sie, was aus ihren Werten wird: eine größere Datei, und nicht besser als die Blöcke.</translation>
    </message>
    <message>
        <source>Keep every name to write everything.</source>
        <translation>Behalten Sie jeden Namen, um alles zu schreiben.</translation>
    </message>
    <message>
        <source>Choose to share blocks only where the file system can.</source>
        <translation>Wählen Sie, Blöcke nur dort zu teilen, wo das Dateisystem es kann.</translation>
    </message>
    <message>
        <source>%1, at byte %2</source>
        <translation>%1, bei Byte %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>file and place, what is wrong</comment>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::Accessible</name>
    <message>
        <source>Clear the field</source>
        <translation>Feld leeren</translation>
    </message>
    <message>
        <source>Panels</source>
        <translation>Bereiche</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::BannerWidget</name>
    <message>
        <source>&amp;Show Them</source>
        <translation>&amp;Zeigen</translation>
    </message>
    <message>
        <source>R&amp;ules</source>
        <translation>R&amp;egeln</translation>
    </message>
    <message>
        <source>Retr&amp;y</source>
        <translation>Noch&amp;mals</translation>
    </message>
    <message>
        <source>&amp;Open Other…</source>
        <translation>Andere ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>&amp;Review…</source>
        <translation>&amp;Prüfen…</translation>
    </message>
    <message>
        <source>Fi&amp;x</source>
        <translation>Re&amp;parieren</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::Column</name>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>DType</source>
        <translation>DType</translation>
    </message>
    <message>
        <source>Wants</source>
        <translation>Soll</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Elements</source>
        <translation>Elemente</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Bits/Weight</source>
        <translation>Bits/Gewicht</translation>
    </message>
    <message>
        <source>Shard</source>
        <translation>Shard</translation>
    </message>
    <message>
        <source>Offset</source>
        <translation>Offset</translation>
    </message>
    <message>
        <source>Min</source>
        <translation>Min</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Std</source>
        <translation>Std</translation>
    </message>
    <message>
        <source>NaN</source>
        <translation>NaN</translation>
    </message>
    <message>
        <source>Inf</source>
        <translation>Inf</translation>
    </message>
    <message>
        <source>Zero %</source>
        <translation>Null %</translation>
    </message>
    <message>
        <source>%1 or %2</source>
        <translation>%1 oder %2</translation>
    </message>
    <message>
        <source>Missing: the index says that it is in %1, which does not hold it.</source>
        <translation>Fehlt: Der Index sagt, er sei in %1; dort ist er nicht.</translation>
    </message>
    <message>
        <source>Missing: the index says that it is in %1, which is not there.</source>
        <translation>Fehlt: Der Index sagt, er sei in %1; die Datei ist nicht da.</translation>
    </message>
    <message>
        <source>Missing: the index says that it is in %1, which cannot be read.</source>
        <translation>Fehlt: Der Index sagt, er sei in %1; die Datei ist nicht lesbar.</translation>
    </message>
    <message>
        <source>holds</source>
        <translation>erfüllt</translation>
    </message>
    <message>
        <source>Edited by hand: %1. Nothing is written before a fix; Edit &gt; Undo takes it back.</source>
        <translation>Von Hand geändert: %1. Vor einer Reparatur wird nichts geschrieben; Bearbeiten &gt; Rückgängig nimmt es zurück.</translation>
    </message>
    <message>
        <source>The rules want %1.</source>
        <translation>Die Regeln verlangen %1.</translation>
    </message>
    <message>
        <source>%1, missing</source>
        <translation>%1, fehlt</translation>
    </message>
    <message>
        <source>wants %1</source>
        <translation>verlangt %1</translation>
    </message>
    <message>
        <source>edited: %1</source>
        <translation>geändert: %1</translation>
    </message>
    <message>
        <source>In the file: %1, the fastest dimension first</source>
        <translation>In der Datei: %1, die schnellste Dimension zuerst</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::CompareWindow</name>
    <message>
        <source>Compare &amp;Values</source>
        <translation>&amp;Werte vergleichen</translation>
    </message>
    <message>
        <source>Only &amp;differences</source>
        <translation>Nur &amp;Unterschiede</translation>
    </message>
    <message>
        <source>Compare — ckptscope</source>
        <translation>Vergleich — ckptscope</translation>
    </message>
    <message>
        <source>Read both and compare every element</source>
        <translation>Beide lesen und jedes Element vergleichen</translation>
    </message>
    <message>
        <source>Filter, for instance change:dtype or A_log</source>
        <translation>Filter, zum Beispiel change:dtype oder A_log</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Leave out tensors that are alike in what was compared so far</source>
        <translation>Tensoren weglassen, die in dem gleich sind, was bisher verglichen wurde</translation>
    </message>
    <message>
        <source>Compared tensors</source>
        <translation>Verglichene Tensoren</translation>
    </message>
    <message>
        <source>Cancelled. What was found so far is kept.</source>
        <translation>Abgebrochen. Was bis dahin gefunden wurde, bleibt.</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Swap A and B</source>
        <translation>A und B &amp;tauschen</translation>
    </message>
    <message>
        <source>Compare the other way round</source>
        <translation>Andersherum vergleichen</translation>
    </message>
    <message>
        <source>Use B as &amp;Donor for A…</source>
        <translation>B als &amp;Spender für A…</translation>
    </message>
    <message>
        <source>Open A, and offer B&apos;s values where A has lost precision</source>
        <translation>A öffnen und die Werte von B anbieten, wo A Genauigkeit verloren hat</translation>
    </message>
    <message>
        <source>Save &amp;List…</source>
        <translation>&amp;Liste speichern…</translation>
    </message>
    <message>
        <source>Save the rows that are shown, as CSV, or all differences as JSON</source>
        <translation>Die gezeigten Zeilen als CSV speichern oder alle Unterschiede als JSON</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>S&amp;chließen</translation>
    </message>
    <message>
        <source>Close this window</source>
        <translation>Dieses Fenster schließen</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the selected rows, tab-separated</source>
        <translation>Die gewählten Zeilen kopieren, durch Tabulatoren getrennt</translation>
    </message>
    <message>
        <source>Select &amp;All</source>
        <translation>A&amp;lles auswählen</translation>
    </message>
    <message>
        <source>Select all rows</source>
        <translation>Alle Zeilen auswählen</translation>
    </message>
    <message>
        <source>&amp;Filter</source>
        <translation>&amp;Filter</translation>
    </message>
    <message>
        <source>Filter the list</source>
        <translation>Die Liste filtern</translation>
    </message>
    <message>
        <source>%1 | %2 — ckptscope</source>
        <translation>%1 | %2 — ckptscope</translation>
    </message>
    <message>
        <source>Reading headers…</source>
        <translation>Köpfe werden gelesen…</translation>
    </message>
    <message>
        <source>Reading headers</source>
        <translation>Köpfe lesen</translation>
    </message>
    <message>
        <source>Not compared.</source>
        <translation>Nicht verglichen.</translation>
    </message>
    <message>
        <source>%1 is damaged; what can be read of it is compared.</source>
        <translation>%1 ist beschädigt; verglichen wird, was sich davon lesen lässt.</translation>
    </message>
    <message>
        <source>Comparing values</source>
        <translation>Werte vergleichen</translation>
    </message>
    <message>
        <source>Same %1 keys</source>
        <translation>Dieselben %1 Schlüssel</translation>
    </message>
    <message>
        <source>%1 keys in both, %2 only in A, %3 only in B</source>
        <translation>%1 Schlüssel in beiden, %2 nur in A, %3 nur in B</translation>
    </message>
    <message>
        <source> (%1 without prefix or holder)</source>
        <translation> (%1 ohne Präfix oder Halter)</translation>
    </message>
    <message>
        <source>; %1 differ in dtype, %2 in shape</source>
        <translation>; %1 weichen im DType ab, %2 in der Form</translation>
    </message>
    <message>
        <source>, %1 in value.</source>
        <translation>, %1 im Wert.</translation>
    </message>
    <message>
        <source>; values not compared yet.</source>
        <translation>; Werte noch nicht verglichen.</translation>
    </message>
    <message>
        <source>%1 cannot be compared.</source>
        <translation>%1 lassen sich nicht vergleichen.</translation>
    </message>
    <message>
        <source>&apos;%1&apos; cannot be asked of a comparison</source>
        <translation>„%1“ lässt sich bei einem Vergleich nicht fragen</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>No difference was found in what was compared.</source>
        <translation>In dem, was verglichen wurde, fand sich kein Unterschied.</translation>
    </message>
    <message>
        <source>No tensor matches.</source>
        <translation>Kein Tensor passt.</translation>
    </message>
    <message numerus="yes">
        <source>Copied %n row(s).</source>
        <translation>
            <numerusform>%n Zeile kopiert.</numerusform>
            <numerusform>%n Zeilen kopiert.</numerusform>
        </translation>
    </message>
    <message>
        <source>Save List</source>
        <translation>Liste speichern</translation>
    </message>
    <message>
        <source>Saved %1.</source>
        <translation>%1 gespeichert.</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Histogram of A − B</source>
        <translation>&amp;Histogramm von A − B</translation>
    </message>
    <message>
        <source>Histograms of A and &amp;B</source>
        <translation>Histogramme von A und &amp;B</translation>
    </message>
    <message>
        <source>Heat&amp;map of A − B</source>
        <translation>Heat&amp;map von A − B</translation>
    </message>
    <message>
        <source>Show it of the selected tensor</source>
        <translation>Für den gewählten Tensor zeigen</translation>
    </message>
    <message>
        <source>&amp;Plots</source>
        <translation>&amp;Bilder</translation>
    </message>
    <message>
        <source>How the values of the selected tensor differ; reads it on both sides</source>
        <translation>Wie sich die Werte des gewählten Tensors unterscheiden; liest ihn auf beiden Seiten</translation>
    </message>
    <message>
        <source>CSV, the rows that are shown (*.csv)</source>
        <translation>CSV, die gezeigten Zeilen (*.csv)</translation>
    </message>
    <message>
        <source>JSON, all differences (*.json)</source>
        <translation>JSON, alle Unterschiede (*.json)</translation>
    </message>
    <message>
        <source>Use B as &amp;Donor…</source>
        <translation>B als &amp;Spender nutzen…</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ComparisonModel</name>
    <message>
        <source>only in B</source>
        <translation>nur in B</translation>
    </message>
    <message>
        <source>only in A</source>
        <translation>nur in A</translation>
    </message>
    <message>
        <source>dtype</source>
        <translation>DType</translation>
    </message>
    <message>
        <source>shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>nicht lesbar</translation>
    </message>
    <message>
        <source>equal</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>in B: %1</source>
        <translation>in B: %1</translation>
    </message>
    <message>
        <source>no difference in dtype or shape</source>
        <translation>kein Unterschied in DType oder Form</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Änderung</translation>
    </message>
    <message>
        <source>A DType</source>
        <translation>A DType</translation>
    </message>
    <message>
        <source>B DType</source>
        <translation>B DType</translation>
    </message>
    <message>
        <source>A Shape</source>
        <translation>A Form</translation>
    </message>
    <message>
        <source>B Shape</source>
        <translation>B Form</translation>
    </message>
    <message>
        <source>Relative</source>
        <translation>Relativ</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>Differing</source>
        <translation>Abweichend</translation>
    </message>
    <message>
        <source>Largest difference of two values; NaN where only one of them is</source>
        <translation>Größter Unterschied zweier Werte; NaN, wo nur einer von beiden es ist</translation>
    </message>
    <message>
        <source>Cosine of the angle between A and B as vectors</source>
        <translation>Kosinus des Winkels zwischen A und B als Vektoren</translation>
    </message>
    <message>
        <source>Elements that differ: in their bits where the dtypes are equal, else as numbers</source>
        <translation>Elemente, die abweichen: in ihren Bits, wo die DTypes gleich sind, sonst als Zahlen</translation>
    </message>
    <message>
        <source>%1: not there</source>
        <translation>%1: nicht vorhanden</translation>
    </message>
    <message>
        <source>%1: %2, %3 [%4], %5, in %6</source>
        <translation>%1: %2, %3 [%4], %5, in %6</translation>
    </message>
    <message>
        <source>Values: not compared yet.</source>
        <translation>Werte: noch nicht verglichen.</translation>
    </message>
    <message>
        <source>Values: not comparable, the shapes differ.</source>
        <translation>Werte: nicht vergleichbar, die Formen sind verschieden.</translation>
    </message>
    <message>
        <source>Values: %1</source>
        <translation>Werte: %1</translation>
    </message>
    <message>
        <source>Values: the stored bits are equal.</source>
        <translation>Werte: Die gespeicherten Bits sind gleich.</translation>
    </message>
    <message>
        <source>Values: the stored bits differ.</source>
        <translation>Werte: Die gespeicherten Bits sind verschieden.</translation>
    </message>
    <message>
        <source>Values: all bits are equal.</source>
        <translation>Werte: Alle Bits sind gleich.</translation>
    </message>
    <message>
        <source>Values: all numbers are equal.</source>
        <translation>Werte: Alle Zahlen sind gleich.</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>Max |A−B|</source>
        <translation>Max |A−B|</translation>
    </message>
    <message>
        <source>Equal Bits</source>
        <translation>Bits gleich</translation>
    </message>
    <message>
        <source>‖A−B‖ / ‖A‖ over values that are finite on both sides</source>
        <translation>‖A−B‖ / ‖A‖ über Werte, die auf beiden Seiten endlich sind</translation>
    </message>
    <message>
        <source>One dtype, and every stored bit is the same</source>
        <translation>Ein DType, und jedes gespeicherte Bit ist dasselbe</translation>
    </message>
    <message>
        <source>Values: %1 of %2 differ, first at %3: A %4, B %5; max |A−B| %6, relative %7, cosine %8.</source>
        <translation>Werte: %1 von %2 weichen ab, zuerst bei %3: A %4, B %5; max |A−B| %6, relativ %7, Kosinus %8.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ConvertDialog</name>
    <message>
        <source>Save as Safetensors</source>
        <translation>Als safetensors speichern</translation>
    </message>
    <message>
        <source>Source: %1</source>
        <translation>Quelle: %1</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <comment>format, tensors, size</comment>
        <translation>%1, %2, %3</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>Choose the folder that takes the new one</source>
        <translation>Den Ordner wählen, in den der neue kommt</translation>
    </message>
    <message>
        <source>&amp;Output folder</source>
        <translation>&amp;Zielordner</translation>
    </message>
    <message>
        <source>Most bytes of tensors in a file: 5GB, 500MB, 4GiB. A larger tensor has a file to itself.</source>
        <translation>So viele Bytes von Tensoren hat eine Datei höchstens: 5GB, 500MB, 4GiB. Ein größerer Tensor hat eine Datei für sich.</translation>
    </message>
    <message>
        <source>Shards of at most</source>
        <translation>Shards von höchstens</translation>
    </message>
    <message>
        <source>not written</source>
        <translation>nicht geschrieben</translation>
    </message>
    <message>
        <source>safetensors has no quantised blocks: their values are written as floats, no better than the blocks</source>
        <translation>safetensors kennt keine quantisierten Blöcke: Ihre Werte werden als Gleitkommazahlen geschrieben, nicht besser als die Blöcke</translation>
    </message>
    <message>
        <source>&amp;Quantised blocks as</source>
        <translation>&amp;Quantisierte Blöcke als</translation>
    </message>
    <message>
        <source>Shards of at &amp;most</source>
        <translation>Shards von &amp;höchstens</translation>
    </message>
    <message>
        <source>Also cast what the rules as&amp;k for</source>
        <translation>Auch umwandeln, was die &amp;Regeln verlangen</translation>
    </message>
    <message>
        <source>Repairs in the same pass: what violates a rule is written in the dtype that the rule wants</source>
        <translation>Repariert im selben Durchgang: Was gegen eine Regel verstößt, wird in dem DType geschrieben, den die Regel verlangt</translation>
    </message>
    <message>
        <source>and what they a&amp;dvise</source>
        <translation>und was sie &amp;raten</translation>
    </message>
    <message>
        <source>trainers&apos; wrappers only</source>
        <translation>nur Hüllen von Trainern</translation>
    </message>
    <message>
        <source>Beginnings of names that are taken off, with a space between several: model. base_model.</source>
        <translation>Namensanfänge, die weggenommen werden, durch Leerzeichen getrennt: model. base_model.</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>Names of tensors that are not written, with * and ?, and a space between several: *.rotary_emb.inv_freq</source>
        <translation>Namen von Tensoren, die nicht geschrieben werden, mit * und ?, durch Leerzeichen getrennt: *.rotary_emb.inv_freq</translation>
    </message>
    <message>
        <source>Keep e&amp;very name</source>
        <translation>&amp;Jeden Namen behalten</translation>
    </message>
    <message>
        <source>Write everything under its own name: choose no part of a trainer&apos;s checkpoint, take off no wrapper</source>
        <translation>Alles unter seinem eigenen Namen schreiben: keinen Teil eines Trainer-Checkpoints auswählen, keine Hülle wegnehmen</translation>
    </message>
    <message>
        <source>&amp;Leave out</source>
        <translation>&amp;Weglassen</translation>
    </message>
    <message>
        <source>&amp;Take off names</source>
        <translation>Namen &amp;kürzen um</translation>
    </message>
    <message>
        <source>What is written</source>
        <translation>Was geschrieben wird</translation>
    </message>
    <message>
        <source>&amp;Copy Command</source>
        <translation>&amp;Befehl kopieren</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Write Safetensors</source>
        <translation>&amp;safetensors schreiben</translation>
    </message>
    <message>
        <source>%1 is not a size of a shard.</source>
        <translation>%1 ist keine Größe eines Shards.</translation>
    </message>
    <message>
        <source>Write a number and a unit, such as 5GB, 500MB or 4GiB.</source>
        <translation>Schreiben Sie eine Zahl und eine Einheit, etwa 5GB, 500MB oder 4GiB.</translation>
    </message>
    <message>
        <source>Planning</source>
        <translation>Planen</translation>
    </message>
    <message>
        <source>%1 in %2.</source>
        <comment>tensors and size, files</comment>
        <translation>%1 in %2.</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>tensors, size</comment>
        <translation>%1, %2</translation>
    </message>
    <message numerus="yes">
        <source>%n safetensors file(s)</source>
        <translation>
            <numerusform>%n safetensors-Datei</numerusform>
            <numerusform>%n safetensors-Dateien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s) (comes|come) along.</source>
        <translation>
            <numerusform>%n weitere Datei kommt mit.</numerusform>
            <numerusform>%n weitere Dateien kommen mit.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) (is|are) cast; widening restores the storage, not lost bits.</source>
        <translation>
            <numerusform>%n Tensor wird umgewandelt; Weiten stellt den Speicherplatz wieder her, nicht verlorene Bits.</numerusform>
            <numerusform>%n Tensoren werden umgewandelt; Weiten stellt den Speicherplatz wieder her, nicht verlorene Bits.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n violation(s) will be left.</source>
        <translation>
            <numerusform>%n Verstoß bleibt.</numerusform>
            <numerusform>%n Verstöße bleiben.</numerusform>
        </translation>
    </message>
    <message>
        <source>The output has no name.</source>
        <translation>Das Ziel hat keinen Namen.</translation>
    </message>
    <message>
        <source>The shards have no size.</source>
        <translation>Die Shards haben keine Größe.</translation>
    </message>
    <message>
        <source>The output exists already.</source>
        <translation>Das Ziel gibt es schon.</translation>
    </message>
    <message>
        <source>The output needs another place.</source>
        <translation>Das Ziel braucht einen anderen Ort.</translation>
    </message>
    <message>
        <source>See the sentence above.</source>
        <translation>Siehe den Satz darüber.</translation>
    </message>
    <message>
        <source>Planning…</source>
        <translation>Es wird geplant…</translation>
    </message>
    <message>
        <source>The output needs more space.</source>
        <translation>Das Ziel braucht mehr Platz.</translation>
    </message>
    <message>
        <source>Copied the command.</source>
        <translation>Der Befehl wurde kopiert.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>Also apply the &amp;edits by hand</source>
        <translation>Auch Änderungen von &amp;Hand anwenden</translation>
    </message>
    <message>
        <source>Casts, drops and what was kept out of the repair, as Review Fix shows them, and edits of __metadata__</source>
        <translation>Umwandlungen, Weglassungen und was nicht repariert werden soll, wie „Reparatur prüfen“ sie zeigt, und Änderungen an __metadata__</translation>
    </message>
    <message>
        <source>Edits by hand are not applied.</source>
        <translation>Änderungen von Hand werden nicht angewendet.</translation>
    </message>
    <message numerus="yes">
        <source>%n cast(s)</source>
        <translation>
            <numerusform>%n Umwandlung</numerusform>
            <numerusform>%n Umwandlungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) dropped</source>
        <translation>
            <numerusform>%n Tensor weggelassen</numerusform>
            <numerusform>%n Tensoren weggelassen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) kept out of the repair</source>
        <translation>
            <numerusform>%n Tensor von der Reparatur ausgenommen</numerusform>
            <numerusform>%n Tensoren von der Reparatur ausgenommen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n edit(s) of __metadata__</source>
        <translation>
            <numerusform>%n Änderung an __metadata__</numerusform>
            <numerusform>%n Änderungen an __metadata__</numerusform>
        </translation>
    </message>
    <message>
        <source>By hand: %1.</source>
        <translation>Von Hand: %1.</translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) (gets|get) nothing from a donor here: a donor is only compared in Review Fix.</source>
        <translation>
            <numerusform>%n Tensor bekommt hier nichts von einem Spender: Ein Spender wird nur in „Reparatur prüfen“ verglichen.</numerusform>
            <numerusform>%n Tensoren bekommen hier nichts von einem Spender: Ein Spender wird nur in „Reparatur prüfen“ verglichen.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ConvertModel</name>
    <message>
        <source>%1 → %2</source>
        <comment>old and new dtype</comment>
        <translation>%1 → %2</translation>
    </message>
    <message>
        <source>%1, %2, %3, in %4</source>
        <comment>tensor, dtype, size, file</comment>
        <translation>%1, %2, %3, in %4</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Was called</source>
        <translation>Hieß</translation>
    </message>
    <message>
        <source>DType</source>
        <translation>DType</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::DTypeBar</name>
    <message>
        <source>Bytes by dtype</source>
        <translation>Bytes nach DType</translation>
    </message>
    <message>
        <source>other</source>
        <translation>andere</translation>
    </message>
    <message>
        <source>%1: %2, %3. Click to show only these.</source>
        <translation>%1: %2, %3. Ein Klick zeigt nur diese.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::DetailsPanel</name>
    <message>
        <source>decides</source>
        <translation>entscheidet</translation>
    </message>
    <message>
        <source>agrees</source>
        <translation>stimmt zu</translation>
    </message>
    <message>
        <source>overruled</source>
        <translation>überstimmt</translation>
    </message>
    <message>
        <source>other architecture</source>
        <translation>andere Architektur</translation>
    </message>
    <message>
        <source>config.json differs</source>
        <translation>config.json weicht ab</translation>
    </message>
    <message>
        <source>not in this profile</source>
        <translation>nicht in diesem Profil</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Copy the key as stored</source>
        <translation>Den Schlüssel kopieren, wie er gespeichert ist</translation>
    </message>
    <message>
        <source>Copy Key</source>
        <translation>Schlüssel kopieren</translation>
    </message>
    <message>
        <source>Select a tensor to see its verdict and where it is stored.</source>
        <translation>Wählen Sie einen Tensor, um sein Urteil zu sehen und wo er liegt.</translation>
    </message>
    <message>
        <source>Stored as %1, wants %2.</source>
        <translation>Gespeichert als %1, verlangt ist %2.</translation>
    </message>
    <message>
        <source>Stored as %1, as wanted.</source>
        <translation>Gespeichert als %1, wie verlangt.</translation>
    </message>
    <message>
        <source>Fix:</source>
        <translation>Reparatur:</translation>
    </message>
    <message>
        <source> (%1 to %2).</source>
        <translation> (%1 zu %2).</translation>
    </message>
    <message>
        <source>This restores the storage, not lost bits.</source>
        <translation>Das stellt den Speicherplatz wieder her, nicht verlorene Bits.</translation>
    </message>
    <message>
        <source>This cast can lose precision.</source>
        <translation>Diese Umwandlung kann Genauigkeit verlieren.</translation>
    </message>
    <message>
        <source>DType</source>
        <translation>DType</translation>
    </message>
    <message>
        <source>Wants</source>
        <translation>Soll</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Elements</source>
        <translation>Elemente</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>Shard</source>
        <translation>Shard</translation>
    </message>
    <message>
        <source>Offset</source>
        <translation>Offset</translation>
    </message>
    <message>
        <source>%1 – %2</source>
        <translation>%1 – %2</translation>
    </message>
    <message>
        <source>Strides</source>
        <translation>Schrittweiten</translation>
    </message>
    <message>
        <source>Stored in</source>
        <translation>Gespeichert in</translation>
    </message>
    <message>
        <source>%1 pieces</source>
        <translation>%1 Stücken</translation>
    </message>
    <message>
        <source>Packed</source>
        <translation>Gepackt</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Sources</source>
        <translation>Quellen</translation>
    </message>
    <message>
        <source>Rules that were considered</source>
        <translation>Erwogene Regeln</translation>
    </message>
    <message>
        <source>Header entry</source>
        <translation>Eintrag im Kopf</translation>
    </message>
    <message>
        <source>Shards</source>
        <translation>Shards</translation>
    </message>
    <message>
        <source>Rule %1 is muted.</source>
        <translation>Die Regel %1 ist stummgeschaltet.</translation>
    </message>
    <message>
        <source>True of %1, of which this is one.</source>
        <translation>Gilt für %1, dieser ist einer davon.</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Scan This Tensor</source>
        <translation>Diesen Tensor lesen</translation>
    </message>
    <message>
        <source>reads %1</source>
        <translation>liest %1</translation>
    </message>
    <message>
        <source>Min</source>
        <translation>Min</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Std</source>
        <translation>Std</translation>
    </message>
    <message>
        <source>NaN</source>
        <translation>NaN</translation>
    </message>
    <message>
        <source>Inf</source>
        <translation>Inf</translation>
    </message>
    <message>
        <source>Zeros</source>
        <translation>Nullen</translation>
    </message>
    <message>
        <source>Every value is exactly a %1.</source>
        <translation>Jeder Wert ist genau ein %1.</translation>
    </message>
    <message>
        <source>Scan These Tensors</source>
        <translation>Diese Tensoren lesen</translation>
    </message>
    <message>
        <source>%1 of %2 scanned</source>
        <translation>%1 von %2 gelesen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::DeviceBox</name>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Where tensors are cast; the result is the same on each</source>
        <translation>Wo Tensoren umgewandelt werden; das Ergebnis ist überall dasselbe</translation>
    </message>
    <message>
        <source>Automatic: %1</source>
        <translation>Automatisch: %1</translation>
    </message>
    <message>
        <source>Small casts are fastest on the CPU; a GPU is used where it wins</source>
        <translation>Kleine Umwandlungen sind auf der CPU am schnellsten; eine GPU wird genutzt, wo sie gewinnt</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>device, why it cannot be used</comment>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::DifferencePanel</name>
    <message>
        <source>&amp;Log counts</source>
        <translation>&amp;Anzahl logarithmisch</translation>
    </message>
    <message>
        <source>Reset &amp;Zoom</source>
        <translation>Ganze &amp;Ansicht</translation>
    </message>
    <message>
        <source>What is shown of the difference</source>
        <translation>Was vom Unterschied gezeigt wird</translation>
    </message>
    <message>
        <source>Histogram of A − B</source>
        <translation>Histogramm von A − B</translation>
    </message>
    <message>
        <source>Histograms of A and B</source>
        <translation>Histogramme von A und B</translation>
    </message>
    <message>
        <source>Heatmap of A − B</source>
        <translation>Heatmap von A − B</translation>
    </message>
    <message>
        <source>Show everything again (Esc). Drag over a part of the plot, or press +, to zoom in.</source>
        <translation>Wieder alles zeigen (Esc). Über einen Teil des Bildes ziehen oder + drücken vergrößert ihn.</translation>
    </message>
    <message>
        <source>Histogram of the difference</source>
        <translation>Histogramm des Unterschieds</translation>
    </message>
    <message>
        <source>Heatmap of the difference</source>
        <translation>Heatmap des Unterschieds</translation>
    </message>
    <message>
        <source>What a cell shows</source>
        <translation>Was eine Zelle zeigt</translation>
    </message>
    <message>
        <source>Largest magnitude of a cell</source>
        <translation>Größter Betrag einer Zelle</translation>
    </message>
    <message>
        <source>Mean of a cell</source>
        <translation>Mittel einer Zelle</translation>
    </message>
    <message>
        <source>Smallest of a cell</source>
        <translation>Kleinster einer Zelle</translation>
    </message>
    <message>
        <source>Largest of a cell</source>
        <translation>Größter einer Zelle</translation>
    </message>
    <message>
        <source>Scale of the values</source>
        <translation>Skala der Werte</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>log10 |value|</source>
        <translation>log10 |Wert|</translation>
    </message>
    <message>
        <source>%1, A %2, B %3</source>
        <comment>key and dtypes</comment>
        <translation>%1, A %2, B %3</translation>
    </message>
    <message>
        <source>Select a tensor to see how its values differ.</source>
        <translation>Wählen Sie einen Tensor, um zu sehen, wie sich seine Werte unterscheiden.</translation>
    </message>
    <message>
        <source>Only B holds this tensor: there is nothing to compare it with.</source>
        <translation>Nur B hat diesen Tensor: Es gibt nichts, womit er verglichen werden könnte.</translation>
    </message>
    <message>
        <source>Only A holds this tensor: there is nothing to compare it with.</source>
        <translation>Nur A hat diesen Tensor: Es gibt nichts, womit er verglichen werden könnte.</translation>
    </message>
    <message>
        <source>The shapes differ: there is no difference element by element.</source>
        <translation>Die Formen sind verschieden: Es gibt keinen Unterschied Element für Element.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Es wird gelesen…</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Reading values</source>
        <translation>Werte lesen</translation>
    </message>
    <message>
        <source>%1; %2 of %3 are 0, mean %4, std %5</source>
        <comment>title; counts and numbers of A-B</comment>
        <translation>%1; %2 von %3 sind 0, Mittel %4, Std %5</translation>
    </message>
    <message>
        <source>A − B</source>
        <translation>A − B</translation>
    </message>
    <message>
        <source>A − B of %1</source>
        <comment>key and dtypes</comment>
        <translation>A − B von %1</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::DonorField</name>
    <message>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
    <message>
        <source>Use only the t&amp;ensors that agree, widen the others</source>
        <translation>Nur T&amp;ensoren nehmen, die übereinstimmen, die anderen weiten</translation>
    </message>
    <message>
        <source>Donor</source>
        <translation>Spender</translation>
    </message>
    <message>
        <source>no donor: widen what is stored</source>
        <translation>kein Spender: weiten, was gespeichert ist</translation>
    </message>
    <message>
        <source>An older checkpoint, in any format, that still holds the full precision</source>
        <translation>Ein älterer Checkpoint, in jedem Format, der noch die volle Genauigkeit hat</translation>
    </message>
    <message>
        <source>Choose the donor</source>
        <translation>Spender wählen</translation>
    </message>
    <message>
        <source>&amp;File…</source>
        <translation>&amp;Datei…</translation>
    </message>
    <message>
        <source>F&amp;older…</source>
        <translation>&amp;Ordner…</translation>
    </message>
    <message>
        <source>Comparing the donor…</source>
        <translation>Der Spender wird verglichen…</translation>
    </message>
    <message>
        <source>The donor was not compared.</source>
        <translation>Der Spender wurde nicht verglichen.</translation>
    </message>
    <message>
        <source>Press Enter in its field to compare it, or clear the field.</source>
        <translation>Drücken Sie in seinem Feld die Eingabetaste, um ihn zu vergleichen, oder leeren Sie das Feld.</translation>
    </message>
    <message>
        <source>No tensor here has lost precision that a donor could give back.</source>
        <translation>Kein Tensor hat hier Genauigkeit verloren, die ein Spender zurückgeben könnte.</translation>
    </message>
    <message numerus="yes">
        <source>The donor fits %n tensor(s): each value rounds to the one here.</source>
        <translation>
            <numerusform>Der Spender passt zu %n Tensor: Jeder Wert rundet auf den hiesigen.</numerusform>
            <numerusform>Der Spender passt zu %n Tensoren: Jeder Wert rundet auf den hiesigen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The donor fits %1 of %n tensor(s).</source>
        <translation>
            <numerusform>Der Spender passt zu %1 von %n Tensor.</numerusform>
            <numerusform>Der Spender passt zu %1 von %n Tensoren.</numerusform>
        </translation>
    </message>
    <message>
        <source>Choose the donor&apos;s folder</source>
        <translation>Den Ordner des Spenders wählen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::DropOverlay</name>
    <message>
        <source>Not a file</source>
        <translation>Keine Datei</translation>
    </message>
    <message>
        <source>Not a local file</source>
        <translation>Keine Datei dieses Rechners</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>Compare %1 with %2</source>
        <translation>%1 mit %2 vergleichen</translation>
    </message>
    <message>
        <source>Several paths must be files of one folder</source>
        <translation>Mehrere Pfade müssen Dateien eines Ordners sein</translation>
    </message>
    <message>
        <source>Open %1 files of %2 as one checkpoint</source>
        <translation>%1 Dateien von %2 als einen Checkpoint öffnen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::EditTreeModel</name>
    <message numerus="yes">
        <source>check %n edit(s)</source>
        <translation>
            <numerusform>%n Änderung ankreuzen</numerusform>
            <numerusform>%n Änderungen ankreuzen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>clear %n edit(s)</source>
        <translation>
            <numerusform>%n Kreuz entfernen</numerusform>
            <numerusform>%n Kreuze entfernen</numerusform>
        </translation>
    </message>
    <message>
        <source>rename to %1</source>
        <translation>in %1 umbenennen</translation>
    </message>
    <message>
        <source>cast</source>
        <translation>umwandeln</translation>
    </message>
    <message>
        <source>relabel</source>
        <translation>umdeuten</translation>
    </message>
    <message>
        <source>donor</source>
        <translation>Spender</translation>
    </message>
    <message>
        <source>rename</source>
        <translation>umbenennen</translation>
    </message>
    <message>
        <source>drop</source>
        <translation>weglassen</translation>
    </message>
    <message>
        <source>refused: %1</source>
        <comment>a donor</comment>
        <translation>abgelehnt: %1</translation>
    </message>
    <message>
        <source>widened; refused: %1</source>
        <comment>a donor</comment>
        <translation>geweitet; abgelehnt: %1</translation>
    </message>
    <message>
        <source>left as it is; refused: %1</source>
        <comment>a donor</comment>
        <translation>bleibt, wie es ist; abgelehnt: %1</translation>
    </message>
    <message>
        <source>widened</source>
        <translation>geweitet</translation>
    </message>
    <message>
        <source>%1, loses precision</source>
        <comment>an edit</comment>
        <translation>%1, verliert Genauigkeit</translation>
    </message>
    <message>
        <source>%1, %2, %3 of %4 edits checked</source>
        <comment>rule, severity</comment>
        <translation>%1, %2, %3 von %4 Änderungen angekreuzt</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <comment>rule, number of edits</comment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1, %2, %3, %4</source>
        <comment>tensor, change, kind of edit, size</comment>
        <translation>%1, %2, %3, %4</translation>
    </message>
    <message>
        <source>, checked</source>
        <translation>, angekreuzt</translation>
    </message>
    <message>
        <source>, not checked</source>
        <translation>, nicht angekreuzt</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Eintrag</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Änderung</translation>
    </message>
    <message>
        <source>How</source>
        <translation>Wie</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>not in the copy</source>
        <translation>nicht in der Kopie</translation>
    </message>
    <message>
        <source>Casts by hand</source>
        <translation>Umwandlungen von Hand</translation>
    </message>
    <message>
        <source>Dropped by hand</source>
        <translation>Von Hand weggelassen</translation>
    </message>
    <message>
        <source>From a donor, by hand</source>
        <translation>Von einem Spender, von Hand</translation>
    </message>
    <message>
        <source>by hand</source>
        <translation>von Hand</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FileStrip</name>
    <message>
        <source>Bytes of the file</source>
        <translation>Bytes der Datei</translation>
    </message>
    <message>
        <source>header</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>of several tensors, %1 among them</source>
        <translation>von mehreren Tensoren, %1 darunter</translation>
    </message>
    <message>
        <source>of no tensor</source>
        <translation>von keinem Tensor</translation>
    </message>
    <message>
        <source>missing, of %1</source>
        <translation>fehlt, von %1</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>No file is shown.</source>
        <translation>Keine Datei wird gezeigt.</translation>
    </message>
    <message>
        <source>%1: %2, %3 of no tensor</source>
        <comment>file, tensors, size</comment>
        <translation>%1: %2, %3 von keinem Tensor</translation>
    </message>
    <message>
        <source>, %1 missing or of several tensors</source>
        <translation>, %1 fehlen oder gehören mehreren Tensoren</translation>
    </message>
    <message>
        <source>byte %1</source>
        <translation>Byte %1</translation>
    </message>
    <message>
        <source>%1: bytes %2 to %3 (%4)</source>
        <comment>what, first, last, size</comment>
        <translation>%1: Bytes %2 bis %3 (%4)</translation>
    </message>
    <message>
        <source>Zoom to This</source>
        <translation>Hierauf vergrößern</translation>
    </message>
    <message>
        <source>Reset Zoom</source>
        <translation>Ganze Ansicht</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FilterBar</name>
    <message>
        <source>Scan All Values</source>
        <translation>Alle Werte lesen</translation>
    </message>
    <message>
        <source>What can be written into the filter</source>
        <translation>Was in den Filter geschrieben werden kann</translation>
    </message>
    <message>
        <source>Filter help</source>
        <translation>Hilfe zum Filter</translation>
    </message>
    <message>
        <source>Roles</source>
        <translation>Rollen</translation>
    </message>
    <message>
        <source>Tree</source>
        <translation>Baum</translation>
    </message>
    <message>
        <source>Flat</source>
        <translation>Liste</translation>
    </message>
    <message>
        <source>One row a name pattern</source>
        <translation>Eine Zeile je Namensmuster</translation>
    </message>
    <message>
        <source>Keys as a tree of their parts</source>
        <translation>Schlüssel als Baum ihrer Teile</translation>
    </message>
    <message>
        <source>One row a tensor, sortable by any column</source>
        <translation>Eine Zeile je Tensor, nach jeder Spalte sortierbar</translation>
    </message>
    <message>
        <source>Read every value once, so that the filter can ask for it</source>
        <translation>Jeden Wert einmal lesen, damit der Filter danach fragen kann</translation>
    </message>
    <message>
        <source>%1 of %2, %3</source>
        <translation>%1 von %2, %3</translation>
    </message>
    <message>
        <source>%1. Did you mean %2?</source>
        <translation>%1. Meinten Sie %2?</translation>
    </message>
    <message>
        <source>&apos;%1&apos; finds what the scan has reached so far.</source>
        <translation>„%1“ findet, was das Lesen bis jetzt erreicht hat.</translation>
    </message>
    <message>
        <source>&apos;%1&apos; is only known once the values were scanned.</source>
        <translation>„%1“ weiß man erst, wenn die Werte gelesen sind.</translation>
    </message>
    <message>
        <source>%1, %2 missing</source>
        <translation>%1, %2 fehlen</translation>
    </message>
    <message>
        <source>&apos;%1&apos; is asked of a comparison: File &gt; Compare With.</source>
        <translation>„%1“ fragt nach einem Vergleich: Datei &gt; Vergleichen mit.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FilterEdit</name>
    <message>
        <source>Filter tensors</source>
        <translation>Tensoren filtern</translation>
    </message>
    <message>
        <source>Filter:  dtype:BF16   rule:gdn   *.A_log   size&gt;1MiB   violation</source>
        <translation>Filter:  dtype:BF16   rule:gdn   *.A_log   size&gt;1MiB   violation</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FindingsModel</name>
    <message>
        <source>Cast to %1</source>
        <translation>In %1 umwandeln</translation>
    </message>
    <message>
        <source>Relabel as %1</source>
        <translation>In %1 umdeuten</translation>
    </message>
    <message>
        <source>Rename to %1</source>
        <translation>In %1 umbenennen</translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation>Weglassen</translation>
    </message>
    <message>
        <source>Rewrite the index</source>
        <translation>Den Index neu schreiben</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 (%2): %3</source>
        <translation>%1 (%2): %3</translation>
    </message>
    <message>
        <source>%1 — %2</source>
        <translation>%1 — %2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1 and 1 other</source>
        <translation>%1 und 1 anderer</translation>
    </message>
    <message>
        <source>%1 and %2 others</source>
        <translation>%1 und %2 andere</translation>
    </message>
    <message>
        <source>%1, byte %2</source>
        <translation>%1, Byte %2</translation>
    </message>
    <message>
        <source>missing with it</source>
        <translation>fehlt mit</translation>
    </message>
    <message>
        <source>the same is true of it</source>
        <translation>dasselbe gilt für ihn</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Finding</source>
        <translation>Befund</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>Fix</source>
        <translation>Reparatur</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FindingsPanel</name>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>No rule covers this model, and the files have no damage that shows in their headers.</source>
        <translation>Keine Regel gilt für dieses Modell, und die Köpfe der Dateien zeigen keinen Schaden.</translation>
    </message>
    <message>
        <source>No findings.</source>
        <translation>Keine Befunde.</translation>
    </message>
    <message>
        <source>Copied a finding.</source>
        <translation>Ein Befund wurde kopiert.</translation>
    </message>
    <message>
        <source>&amp;Go to Tensor</source>
        <translation>&amp;Zum Tensor</translation>
    </message>
    <message>
        <source>&amp;Filter to Rule</source>
        <translation>Nach Regel &amp;filtern</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copied the findings.</source>
        <translation>Die Befunde wurden kopiert.</translation>
    </message>
    <message>
        <source>&amp;Mute Rule for This Checkpoint</source>
        <translation>Regel für diesen Checkpoint &amp;stummschalten</translation>
    </message>
    <message>
        <source>Nothing that this rule finds is shown or repaired in this window, until it is unmuted</source>
        <translation>Was diese Regel findet, wird in diesem Fenster weder gezeigt noch repariert, bis sie wieder spricht</translation>
    </message>
    <message>
        <source>Damage cannot be muted</source>
        <translation>Schäden lassen sich nicht stummschalten</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FixDialog</name>
    <message>
        <source>Write a Repaired Copy</source>
        <translation>Reparierte Kopie schreiben</translation>
    </message>
    <message>
        <source>Looking for edits</source>
        <translation>Änderungen suchen</translation>
    </message>
    <message>
        <source>Comparing the donor</source>
        <translation>Spender vergleichen</translation>
    </message>
    <message>
        <source>Checking the output</source>
        <translation>Ziel prüfen</translation>
    </message>
    <message>
        <source>%1 of %2 edits, %3</source>
        <comment>checked, all, growth</comment>
        <translation>%1 von %2 Änderungen, %3</translation>
    </message>
    <message numerus="yes">
        <source>%n shard(s) rewritten</source>
        <translation>
            <numerusform>%n Shard neu geschrieben</numerusform>
            <numerusform>%n Shards neu geschrieben</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cloned</source>
        <comment>shards</comment>
        <translation>
            <numerusform>%n geklont</numerusform>
            <numerusform>%n geklont</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n copied</source>
        <comment>shards</comment>
        <translation>
            <numerusform>%n kopiert</numerusform>
            <numerusform>%n kopiert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s) taken along</source>
        <translation>
            <numerusform>%n weitere Datei kommt mit</numerusform>
            <numerusform>%n weitere Dateien kommen mit</numerusform>
        </translation>
    </message>
    <message>
        <source>%1.</source>
        <comment>a sentence of parts</comment>
        <translation>%1.</translation>
    </message>
    <message>
        <source>, </source>
        <comment>between parts of a sentence</comment>
        <translation>, </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) (is|are) left out: %1.</source>
        <translation>
            <numerusform>%n Datei bleibt zurück: %1.</numerusform>
            <numerusform>%n Dateien bleiben zurück: %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n violation(s) will be left.</source>
        <translation>
            <numerusform>%n Verstoß bleibt.</numerusform>
            <numerusform>%n Verstöße bleiben.</numerusform>
        </translation>
    </message>
    <message>
        <source>Values come from %1.</source>
        <translation>Die Werte kommen von %1.</translation>
    </message>
    <message>
        <source>Widening restores the storage, not the lost bits.</source>
        <translation>Weiten stellt den Speicherplatz wieder her, nicht die verlorenen Bits.</translation>
    </message>
    <message>
        <source>&amp;Replace in Place…</source>
        <translation>An &amp;Ort und Stelle ersetzen…</translation>
    </message>
    <message>
        <source>&amp;Write Repaired Copy</source>
        <translation>Reparierte Kopie &amp;schreiben</translation>
    </message>
    <message>
        <source>Looking for edits…</source>
        <translation>Änderungen werden gesucht…</translation>
    </message>
    <message>
        <source>Comparing the donor…</source>
        <translation>Der Spender wird verglichen…</translation>
    </message>
    <message>
        <source>The donor was not compared.</source>
        <translation>Der Spender wurde nicht verglichen.</translation>
    </message>
    <message>
        <source>The donor cannot be used.</source>
        <translation>Der Spender kann nicht verwendet werden.</translation>
    </message>
    <message>
        <source>Nothing can be repaired here.</source>
        <translation>Hier lässt sich nichts reparieren.</translation>
    </message>
    <message>
        <source>No cast is to be made. Name a donor to give lost precision back.</source>
        <translation>Es ist nichts umzuwandeln. Nennen Sie einen Spender, um verlorene Genauigkeit zurückzugeben.</translation>
    </message>
    <message>
        <source>There is nothing to repair.</source>
        <translation>Es gibt nichts zu reparieren.</translation>
    </message>
    <message>
        <source>No edit is checked.</source>
        <translation>Keine Änderung ist angekreuzt.</translation>
    </message>
    <message>
        <source>The output has no name.</source>
        <translation>Das Ziel hat keinen Namen.</translation>
    </message>
    <message>
        <source>The output needs another place.</source>
        <translation>Das Ziel braucht einen anderen Ort.</translation>
    </message>
    <message>
        <source>See the sentence above.</source>
        <translation>Siehe den Satz darüber.</translation>
    </message>
    <message>
        <source>The output exists already.</source>
        <translation>Das Ziel gibt es schon.</translation>
    </message>
    <message>
        <source>Checking the output…</source>
        <translation>Das Ziel wird geprüft…</translation>
    </message>
    <message>
        <source>The donor is refused: use only the tensors that agree, or choose another.</source>
        <translation>Der Spender wird abgelehnt: Nehmen Sie nur die Tensoren, die übereinstimmen, oder wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Nothing is left to write.</source>
        <translation>Es bleibt nichts zu schreiben.</translation>
    </message>
    <message>
        <source>The output needs more space.</source>
        <translation>Das Ziel braucht mehr Platz.</translation>
    </message>
    <message>
        <source>Replace in Place</source>
        <translation>An Ort und Stelle ersetzen</translation>
    </message>
    <message numerus="yes">
        <source>Replace %n file(s) of the source?</source>
        <translation>
            <numerusform>%n Datei der Quelle ersetzen?</numerusform>
            <numerusform>%n Dateien der Quelle ersetzen?</numerusform>
        </translation>
    </message>
    <message>
        <source>%1

The new files are written and verified beside the old ones, then renamed over them. The old ones are gone then.</source>
        <translation>%1

Die neuen Dateien werden neben den alten geschrieben und geprüft und dann über sie umbenannt. Die alten sind dann weg.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Save Plan</source>
        <translation>Plan speichern</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>Saved %1.</source>
        <translation>%1 gespeichert.</translation>
    </message>
    <message>
        <source>Copied the command.</source>
        <translation>Der Befehl wurde kopiert.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>&amp;Copy Command</source>
        <translation>&amp;Befehl kopieren</translation>
    </message>
    <message>
        <source>Source: %1</source>
        <translation>Quelle: %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <comment>size, number of shards</comment>
        <translation>%1, %2</translation>
    </message>
    <message numerus="yes">
        <source>%n shard(s)</source>
        <translation>
            <numerusform>%n Shard</numerusform>
            <numerusform>%n Shards</numerusform>
        </translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
    <message>
        <source>default: all rules</source>
        <translation>default: alle Regeln</translation>
    </message>
    <message>
        <source>nemo-automodel: what it keeps in F32</source>
        <translation>nemo-automodel: was es in F32 hält</translation>
    </message>
    <message>
        <source>Which rules decide what is edited</source>
        <translation>Welche Regeln entscheiden, was geändert wird</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>&amp;Gerät</translation>
    </message>
    <message>
        <source>P&amp;rofile</source>
        <translation>P&amp;rofil</translation>
    </message>
    <message>
        <source>Choose the folder that takes the repaired copy</source>
        <translation>Den Ordner wählen, in den die reparierte Kopie kommt</translation>
    </message>
    <message>
        <source>Write the repaired copy as</source>
        <translation>Reparierte Kopie schreiben als</translation>
    </message>
    <message>
        <source>&amp;Output</source>
        <translation>&amp;Ziel</translation>
    </message>
    <message>
        <source>&amp;Values from</source>
        <translation>&amp;Werte von</translation>
    </message>
    <message>
        <source>Filter edits</source>
        <translation>Änderungen filtern</translation>
    </message>
    <message>
        <source>Check &amp;All</source>
        <translation>&amp;Alle ankreuzen</translation>
    </message>
    <message>
        <source>Check &amp;None</source>
        <translation>&amp;Keine ankreuzen</translation>
    </message>
    <message>
        <source>Check every edit that is shown</source>
        <translation>Jede gezeigte Änderung ankreuzen</translation>
    </message>
    <message>
        <source>Clear every edit that is shown</source>
        <translation>Das Kreuz jeder gezeigten Änderung entfernen</translation>
    </message>
    <message>
        <source>Edits</source>
        <translation>Änderungen</translation>
    </message>
    <message>
        <source>Replace &amp;in place…</source>
        <translation>An &amp;Ort und Stelle ersetzen…</translation>
    </message>
    <message>
        <source>Rewrite the source&apos;s own files instead of writing a copy. You are asked once more.</source>
        <translation>Die Dateien der Quelle selbst neu schreiben statt einer Kopie. Sie werden noch einmal gefragt.</translation>
    </message>
    <message>
        <source>&amp;Save Plan…</source>
        <translation>&amp;Plan speichern…</translation>
    </message>
    <message>
        <source>Save what would be done as JSON, for `ckptscope apply`</source>
        <translation>Als JSON speichern, was getan würde, für `ckptscope apply`</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Name the donor that tensors are to be taken from.</source>
        <translation>Nennen Sie den Spender, von dem Tensoren genommen werden sollen.</translation>
    </message>
    <message>
        <source>safetensors: nothing in it can run, every loader reads it</source>
        <translation>safetensors: Nichts darin kann laufen, jedes Programm liest es</translation>
    </message>
    <message>
        <source>torch: torch.load opens it as it did the source</source>
        <translation>torch: torch.load öffnet es wie die Quelle</translation>
    </message>
    <message>
        <source>Safetensors holds the model alone; torch keeps everything that the source holds, optimizer and all.</source>
        <translation>safetensors enthält nur das Modell; torch behält alles, was die Quelle hat, samt Optimierer.</translation>
    </message>
    <message>
        <source>Written &amp;as</source>
        <translation>Geschrieben &amp;als</translation>
    </message>
    <message>
        <source>%1 = %2</source>
        <comment>metadata</comment>
        <translation>%1 = %2</translation>
    </message>
    <message>
        <source>%1 is removed</source>
        <comment>metadata</comment>
        <translation>%1 wird entfernt</translation>
    </message>
    <message>
        <source>; </source>
        <comment>between edits of metadata</comment>
        <translation>; </translation>
    </message>
    <message numerus="yes">
        <source>; and %n more</source>
        <translation>
            <numerusform>; und %n weiteres</numerusform>
            <numerusform>; und %n weitere</numerusform>
        </translation>
    </message>
    <message>
        <source>In __metadata__: %1.</source>
        <translation>In __metadata__: %1.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::FixRoom</name>
    <message>
        <source>%1 It asks first: %2.</source>
        <comment>what Fix does; what stands in its way</comment>
        <translation>%1 Vorher ist etwas zu klären: %2.</translation>
    </message>
    <message>
        <source>%1 Needs %2, but only %3 are free.</source>
        <translation>%1 Das braucht %2, aber nur %3 sind frei.</translation>
    </message>
    <message>
        <source>%1 Needs %2; %3 are shared with it.</source>
        <translation>%1 Das braucht %2; %3 werden mit ihr geteilt.</translation>
    </message>
    <message>
        <source>%1 Needs %2.</source>
        <translation>%1 Das braucht %2.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HalfLifePanel</name>
    <message>
        <source>F&amp;ormula</source>
        <translation>F&amp;ormel</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Es wird gelesen…</translation>
    </message>
    <message>
        <source>Reading decay parameters</source>
        <translation>Zerfallsparameter lesen</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>This checkpoint has no decay parameters (A_log, ssm_a).</source>
        <translation>Dieser Checkpoint hat keine Zerfallsparameter (A_log, ssm_a).</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>slight</source>
        <translation>gering</translation>
    </message>
    <message>
        <source>some</source>
        <translation>merklich</translation>
    </message>
    <message>
        <source>large</source>
        <translation>groß</translation>
    </message>
    <message>
        <source>not felt: all is forgotten</source>
        <translation>ohne Folgen: alles ist vergessen</translation>
    </message>
    <message>
        <source>not felt; of what is left %1</source>
        <translation>ohne Folgen; von dem, was bleibt, %1</translation>
    </message>
    <message>
        <source>No head drifts.</source>
        <translation>Kein Kopf weicht ab.</translation>
    </message>
    <message>
        <source>No head drifts by more than 1 %.</source>
        <translation>Kein Kopf weicht um mehr als 1 % ab.</translation>
    </message>
    <message>
        <source>The head that drifts most still holds %1 of what it saw.</source>
        <translation>Der Kopf, der am meisten abweicht, hält noch %1 dessen, was er sah.</translation>
    </message>
    <message>
        <source>The head that drifts most has forgotten what it saw by then, so that nothing feels it.</source>
        <translation>Der Kopf, der am meisten abweicht, hat bis dahin vergessen, was er sah; es hat keine Folgen.</translation>
    </message>
    <message>
        <source>No head still holds 1 % of it.</source>
        <translation>Kein Kopf hält davon noch 1 %.</translation>
    </message>
    <message>
        <source>&amp;Donor</source>
        <translation>S&amp;pender</translation>
    </message>
    <message>
        <source>The state is multiplied at every token by exp(g), g = -exp(A_log) * softplus(x + dt_bias). With the gate&apos;s input x at 0, half of it is left after log(2) / (exp(A_log) * softplus(dt_bias)) tokens. Drift after N tokens is 1 - exp(-|r&apos; - r| * N): r is the rate of the stored values, r&apos; of the same in BF16, or half a step away where they are BF16 numbers already, or the donor&apos;s. Bars show that half step.</source>
        <translation>Der Zustand wird bei jedem Token mit exp(g) multipliziert, g = -exp(A_log) * softplus(x + dt_bias). Ist der Eingang x des Gatters 0, bleibt davon nach log(2) / (exp(A_log) * softplus(dt_bias)) Tokens die Hälfte. Die Abweichung nach N Tokens ist 1 - exp(-|r&apos; - r| * N): r ist die Rate der gespeicherten Werte, r&apos; die derselben in BF16, oder einen halben Schritt entfernt, wo sie schon BF16-Zahlen sind, oder die des Spenders. Balken zeigen diesen halben Schritt.</translation>
    </message>
    <message>
        <source>Show another checkpoint&apos;s half-lives beside these: one that still holds the full precision</source>
        <translation>Zeigt daneben die Halbwertszeiten eines anderen Checkpoints, der die volle Genauigkeit noch hat</translation>
    </message>
    <message>
        <source>Choose &amp;File…</source>
        <translation>&amp;Datei wählen…</translation>
    </message>
    <message>
        <source>Choose F&amp;older…</source>
        <translation>&amp;Ordner wählen…</translation>
    </message>
    <message>
        <source>&amp;None</source>
        <translation>&amp;Keiner</translation>
    </message>
    <message>
        <source>Drift over tokens</source>
        <translation>Abweichung über Tokens</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Tokens</translation>
    </message>
    <message>
        <source>Worst drift</source>
        <translation>Abweichung</translation>
    </message>
    <message>
        <source>Which is</source>
        <translation>Das ist</translation>
    </message>
    <message>
        <source>Choose a Donor</source>
        <translation>Spender wählen</translation>
    </message>
    <message>
        <source>%1, head %2</source>
        <translation>%1, Kopf %2</translation>
    </message>
    <message>
        <source>The donor has no decay parameters of these names and lengths.</source>
        <translation>Der Spender hat keine Zerfallsparameter dieser Namen und Längen.</translation>
    </message>
    <message numerus="yes">
        <source>Of the %n head(s) that still (holds|hold) 1 % of it the worst drifts by %1.</source>
        <translation>
            <numerusform>Der eine Kopf, der davon noch 1 % hält, weicht um %1 ab.</numerusform>
            <numerusform>Von den %n Köpfen, die davon noch 1 % halten, weicht der schlimmste um %1 ab.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HalfLifePlot</name>
    <message>
        <source>Half-life</source>
        <translation>Halbwertszeit</translation>
    </message>
    <message>
        <source>No head has a finite half-life.</source>
        <translation>Kein Kopf hat eine endliche Halbwertszeit.</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s), %1, %2 to %3 tokens</source>
        <translation>
            <numerusform>%n Schicht, %1, %2 bis %3 Token</numerusform>
            <numerusform>%n Schichten, %1, %2 bis %3 Token</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n head(s) each</source>
        <translation>
            <numerusform>je %n Kopf</numerusform>
            <numerusform>je %n Köpfe</numerusform>
        </translation>
    </message>
    <message>
        <source>Half-life in tokens, at gate input 0</source>
        <translation>Halbwertszeit in Token, bei Gate-Eingang 0</translation>
    </message>
    <message>
        <source>%1, head %2: %3 tokens</source>
        <translation>%1, Kopf %2: %3 Token</translation>
    </message>
    <message>
        <source>; in BF16 %1</source>
        <translation>; in BF16 %1</translation>
    </message>
    <message>
        <source>; before rounding %1 to %2</source>
        <translation>; vor dem Runden %1 bis %2</translation>
    </message>
    <message>
        <source>; the donor has %1 of these layers</source>
        <translation>; der Spender hat %1 dieser Schichten</translation>
    </message>
    <message>
        <source>stored as %1</source>
        <translation>gespeichert als %1</translation>
    </message>
    <message>
        <source>the donor&apos;s</source>
        <translation>die des Spenders</translation>
    </message>
    <message>
        <source>the same in BF16</source>
        <translation>dasselbe in BF16</translation>
    </message>
    <message>
        <source>layers in the order of their names; heads from left to right within each</source>
        <translation>Schichten in der Reihenfolge ihrer Namen, darin die Köpfe von links nach rechts</translation>
    </message>
    <message>
        <source>; the donor&apos;s %1</source>
        <translation>; beim Spender %1</translation>
    </message>
    <message>
        <source>; the donor has no such layer</source>
        <translation>; der Spender hat diese Schicht nicht</translation>
    </message>
    <message>
        <source>; drift after 4k, 32k, 256k tokens: %1, %2, %3 %</source>
        <translation>; Abweichung nach 4k, 32k, 256k Tokens: %1, %2, %3 %</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HandEditStore</name>
    <message>
        <source>dropped</source>
        <translation>weggelassen</translation>
    </message>
    <message>
        <source>donor</source>
        <translation>Spender</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>weggelassen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HeatmapPanel</name>
    <message>
        <source>Reset &amp;Zoom</source>
        <translation>Ganze &amp;Ansicht</translation>
    </message>
    <message>
        <source>What a cell shows</source>
        <translation>Was eine Zelle zeigt</translation>
    </message>
    <message>
        <source>Mean of a cell</source>
        <translation>Mittel einer Zelle</translation>
    </message>
    <message>
        <source>Smallest of a cell</source>
        <translation>Kleinster einer Zelle</translation>
    </message>
    <message>
        <source>Largest of a cell</source>
        <translation>Größter einer Zelle</translation>
    </message>
    <message>
        <source>Largest magnitude of a cell</source>
        <translation>Größter Betrag einer Zelle</translation>
    </message>
    <message>
        <source>How far the colours reach</source>
        <translation>Wie weit die Farben reichen</translation>
    </message>
    <message>
        <source>Colours for 99 % of the cells</source>
        <translation>Farben für 99 % der Zellen</translation>
    </message>
    <message>
        <source>Colours for all cells</source>
        <translation>Farben für alle Zellen</translation>
    </message>
    <message>
        <source>Index in dimension %1</source>
        <translation>Index in Dimension %1</translation>
    </message>
    <message>
        <source>Select one tensor to see it as a picture.</source>
        <translation>Wählen Sie einen Tensor, um ihn als Bild zu sehen.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Es wird gelesen…</translation>
    </message>
    <message>
        <source>Reading values</source>
        <translation>Werte lesen</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <comment>key, dtype, shape</comment>
        <translation>%1, %2, %3</translation>
    </message>
    <message>
        <source>Show the whole matrix again (Esc). Drag over a part of it, turn the wheel, or press +, to zoom in; drag with Ctrl held, or press Shift and an arrow key, to move what is shown.</source>
        <translation>Wieder die ganze Matrix zeigen (Esc). Über einen Teil ziehen, das Rad drehen oder + drücken vergrößert; Ziehen mit Strg oder Umschalt und eine Pfeiltaste verschiebt, was gezeigt wird.</translation>
    </message>
    <message>
        <source>Colours as they are now</source>
        <translation>Farben wie jetzt</translation>
    </message>
    <message>
        <source>Other tensors are shown in the same colours, to be compared</source>
        <translation>Andere Tensoren werden in denselben Farben gezeigt, zum Vergleichen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HeatmapPlot</name>
    <message>
        <source>Heatmap</source>
        <translation>Heatmap</translation>
    </message>
    <message>
        <source>This tensor holds no elements.</source>
        <translation>Dieser Tensor hat keine Elemente.</translation>
    </message>
    <message>
        <source>%1 × %2, block means %3 to %4, %5 NaN or Inf</source>
        <comment>rows, columns, smallest, largest, count</comment>
        <translation>%1 × %2, Blockmittel %3 bis %4, %5 NaN oder Inf</translation>
    </message>
    <message>
        <source>column; rows from top to bottom</source>
        <translation>Spalte; Zeilen von oben nach unten</translation>
    </message>
    <message>
        <source>, %1 NaN or Inf</source>
        <translation>, %1 NaN oder Inf</translation>
    </message>
    <message>
        <source>[%1, %2]: %3</source>
        <comment>row, column, value</comment>
        <translation>[%1, %2]: %3</translation>
    </message>
    <message>
        <source>[%1 to %2, %3 to %4]: mean %5, min %6, max %7</source>
        <comment>rows, columns, numbers</comment>
        <translation>[%1 bis %2, %3 bis %4]: Mittel %5, min %6, max %7</translation>
    </message>
    <message>
        <source>Show in Values</source>
        <translation>In Werte zeigen</translation>
    </message>
    <message>
        <source>Zoom In</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Reset Zoom</source>
        <translation>Ganze Ansicht</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HistogramPanel</name>
    <message>
        <source>&amp;Log counts</source>
        <translation>&amp;Anzahl logarithmisch</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>log10 |value|</source>
        <translation>log10 |Wert|</translation>
    </message>
    <message>
        <source>Scale of the values</source>
        <translation>Skala der Werte</translation>
    </message>
    <message>
        <source>Percentiles are values of the tensor: numpy.quantile with method inverted_cdf. Standard deviation of the population.</source>
        <translation>Perzentile sind Werte des Tensors: numpy.quantile mit der Methode inverted_cdf. Standardabweichung der Grundgesamtheit.</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Es wird gelesen…</translation>
    </message>
    <message>
        <source>Reading values</source>
        <translation>Werte lesen</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>%1 values, %2 finite</source>
        <translation>%1 Werte, %2 endlich</translation>
    </message>
    <message>
        <source>min %1, max %2</source>
        <translation>min %1, max %2</translation>
    </message>
    <message>
        <source>mean %1, std %2</source>
        <translation>Mittel %1, Std %2</translation>
    </message>
    <message>
        <source>1 %: %1, 50 %: %2, 99 %: %3</source>
        <translation>1 %: %1, 50 %: %2, 99 %: %3</translation>
    </message>
    <message>
        <source>%1 NaN, %2 +Inf, %3 −Inf</source>
        <translation>%1 NaN, %2 +Inf, %3 −Inf</translation>
    </message>
    <message>
        <source>%1 zero, %2 subnormal</source>
        <translation>%1 null, %2 subnormal</translation>
    </message>
    <message>
        <source>Every value is exactly a %1.</source>
        <translation>Jeder Wert ist genau ein %1.</translation>
    </message>
    <message>
        <source>%1, %2, %3 values</source>
        <translation>%1, %2, %3 Werte</translation>
    </message>
    <message>
        <source>Reset &amp;Zoom</source>
        <translation>Ganze &amp;Ansicht</translation>
    </message>
    <message>
        <source>Count all values again (Esc). Drag over a part of the bins, or press +, to zoom in.</source>
        <translation>Wieder alle Werte zählen (Esc). Über einen Teil der Klassen ziehen oder + drücken vergrößert ihn.</translation>
    </message>
    <message>
        <source>Select one tensor to see how its values are spread, or several for a table of their statistics.</source>
        <translation>Wählen Sie einen Tensor, um zu sehen, wie sich seine Werte verteilen, oder mehrere für eine Tabelle ihrer Statistik.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::HistogramPlot</name>
    <message>
        <source>Histogram</source>
        <translation>Histogramm</translation>
    </message>
    <message>
        <source>There is no finite value to show.</source>
        <translation>Es gibt keinen endlichen Wert zu zeigen.</translation>
    </message>
    <message>
        <source>%1 values from %2 to %3, median %4, %5 NaN</source>
        <translation>%1 Werte von %2 bis %3, Median %4, %5 NaN</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>A: %1; B: %2</source>
        <translation>A: %1; B: %2</translation>
    </message>
    <message>
        <source>log10 of the magnitude of: %1</source>
        <translation>log10 des Betrags von: %1</translation>
    </message>
    <message>
        <source>1 %</source>
        <translation>1 %</translation>
    </message>
    <message>
        <source>50 %</source>
        <translation>50 %</translation>
    </message>
    <message>
        <source>99 %</source>
        <translation>99 %</translation>
    </message>
    <message>
        <source>bin [%1, %2: A %3, B %4 values</source>
        <translation>Klasse [%1, %2: A %3, B %4 Werte</translation>
    </message>
    <message>
        <source>bin [%1, %2: %3 values, %4 %</source>
        <translation>Klasse [%1, %2: %3 Werte, %4 %</translation>
    </message>
    <message>
        <source>Zoom In</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Reset Zoom</source>
        <translation>Ganze Ansicht</translation>
    </message>
    <message>
        <source>Log Counts</source>
        <translation>Anzahlen logarithmisch</translation>
    </message>
    <message>
        <source>count</source>
        <translation>Anzahl</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::JobStrip</name>
    <message>
        <source>Reading headers</source>
        <translation>Köpfe lesen</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Scanning values</source>
        <translation>Werte lesen</translation>
    </message>
    <message>
        <source>Hashing</source>
        <translation>Hashes bilden</translation>
    </message>
    <message>
        <source>Planning</source>
        <translation>Planen</translation>
    </message>
    <message>
        <source>Copying</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Writing tensors</source>
        <translation>Tensoren schreiben</translation>
    </message>
    <message>
        <source>Verifying</source>
        <translation>Nachprüfen</translation>
    </message>
    <message>
        <source>Publishing</source>
        <translation>Veröffentlichen</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %2 shard(s)</source>
        <translation>
            <numerusform>%1 von %2 Shard</numerusform>
            <numerusform>%1 von %2 Shards</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <comment>amount done, whole amount</comment>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>a few seconds left</source>
        <translation>noch ein paar Sekunden</translation>
    </message>
    <message>
        <source>about %1 s left</source>
        <translation>noch etwa %1 s</translation>
    </message>
    <message>
        <source>about %1 min left</source>
        <translation>noch etwa %1 min</translation>
    </message>
    <message>
        <source>about %1 h left</source>
        <translation>noch etwa %1 h</translation>
    </message>
    <message>
        <source>days left</source>
        <translation>noch Tage</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Stop this job; what it had not finished is discarded</source>
        <translation>Diese Arbeit anhalten; was nicht fertig ist, wird verworfen</translation>
    </message>
    <message>
        <source>Cancel: %1</source>
        <comment>a running job</comment>
        <translation>Abbrechen: %1</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>%1/s</source>
        <comment>size a second</comment>
        <translation>%1/s</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>job, amount and rate</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Arbeiten</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::MainWindow</name>
    <message>
        <source>Verdict and Filter</source>
        <translation>Urteil und Filter</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>Histogramm</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>Heatmap</translation>
    </message>
    <message>
        <source>Half-life</source>
        <translation>Halbwertszeit</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>Shards</source>
        <translation>Shards</translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation>Metadaten</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Arbeiten</translation>
    </message>
    <message>
        <source>Cancelled. Nothing was written.</source>
        <translation>Abgebrochen. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Writing</source>
        <translation>Schreiben</translation>
    </message>
    <message>
        <source>A copy is being written.</source>
        <translation>Eine Kopie wird gerade geschrieben.</translation>
    </message>
    <message>
        <source>If it is cancelled, what was written so far is removed and the source stays as it is.</source>
        <translation>Wird sie abgebrochen, so wird das bisher Geschriebene entfernt, und die Quelle bleibt, wie sie ist.</translation>
    </message>
    <message>
        <source>Keep Writing</source>
        <translation>Weiter schreiben</translation>
    </message>
    <message>
        <source>Cancel and Quit</source>
        <translation>Abbrechen und beenden</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Tensor</source>
        <translation>&amp;Tensor</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Open File…</source>
        <translation>Datei ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Open a file; any shard or index opens the whole checkpoint</source>
        <translation>Eine Datei öffnen; jeder Shard oder Index öffnet den ganzen Checkpoint</translation>
    </message>
    <message>
        <source>Open &amp;Folder…</source>
        <translation>&amp;Ordner öffnen…</translation>
    </message>
    <message>
        <source>Open a folder as one checkpoint</source>
        <translation>Einen Ordner als einen Checkpoint öffnen</translation>
    </message>
    <message>
        <source>Open &amp;Recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>Open &amp;Demo</source>
        <translation>&amp;Demo öffnen</translation>
    </message>
    <message>
        <source>Open a fresh copy of a tiny Qwen3-Next that lost its fp32 parameters</source>
        <translation>Eine frische Kopie eines winzigen Qwen3-Next öffnen, der seine fp32-Parameter verloren hat</translation>
    </message>
    <message>
        <source>&amp;New Window</source>
        <translation>&amp;Neues Fenster</translation>
    </message>
    <message>
        <source>Start another window, as a program of its own</source>
        <translation>Ein weiteres Fenster starten, als eigenes Programm</translation>
    </message>
    <message>
        <source>Compare &amp;With…</source>
        <translation>&amp;Vergleichen mit…</translation>
    </message>
    <message>
        <source>Compare with a second checkpoint</source>
        <translation>Mit einem zweiten Checkpoint vergleichen</translation>
    </message>
    <message>
        <source>Re&amp;load</source>
        <translation>Neu &amp;laden</translation>
    </message>
    <message>
        <source>Read the files again</source>
        <translation>Die Dateien noch einmal lesen</translation>
    </message>
    <message>
        <source>Fi&amp;x</source>
        <translation>Re&amp;parieren</translation>
    </message>
    <message>
        <source>Write a repaired copy</source>
        <translation>Eine reparierte Kopie schreiben</translation>
    </message>
    <message>
        <source>Re&amp;view Fix…</source>
        <translation>Reparat&amp;ur prüfen…</translation>
    </message>
    <message>
        <source>Choose edits, output and device first</source>
        <translation>Zuerst Änderungen, Ziel und Gerät wählen</translation>
    </message>
    <message>
        <source>Save as &amp;Safetensors…</source>
        <translation>Als &amp;safetensors speichern…</translation>
    </message>
    <message>
        <source>Convert, or write what is open as a Hugging Face folder</source>
        <translation>Umwandeln, oder das Geöffnete als Hugging-Face-Ordner schreiben</translation>
    </message>
    <message>
        <source>&amp;Export Report…</source>
        <translation>&amp;Bericht exportieren…</translation>
    </message>
    <message>
        <source>Export &amp;Table…</source>
        <translation>&amp;Tabelle exportieren…</translation>
    </message>
    <message>
        <source>Save the tensors that the filter leaves as CSV, JSON or Markdown</source>
        <translation>Die Tensoren, die der Filter übrig lässt, als CSV, JSON oder Markdown speichern</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>S&amp;chließen</translation>
    </message>
    <message>
        <source>Close the checkpoint and go back to the start page</source>
        <translation>Den Checkpoint schließen und zur Startseite zurückkehren</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>B&amp;eenden</translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>Das Fenster schließen</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy the selected rows, tab-separated</source>
        <translation>Die gewählten Zeilen kopieren, durch Tabulatoren getrennt</translation>
    </message>
    <message>
        <source>Copy &amp;Key</source>
        <translation>&amp;Schlüssel kopieren</translation>
    </message>
    <message>
        <source>Copy the keys of the selected rows as stored, one a line</source>
        <translation>Die Schlüssel der gewählten Zeilen kopieren, wie sie gespeichert sind, je Zeile einen</translation>
    </message>
    <message>
        <source>Copy &amp;As</source>
        <translation>Kopieren &amp;als</translation>
    </message>
    <message>
        <source>&amp;CSV</source>
        <translation>&amp;CSV</translation>
    </message>
    <message>
        <source>RFC 4180; cells that could be formulas are made text</source>
        <translation>RFC 4180; Zellen, die Formeln sein könnten, werden zu Text</translation>
    </message>
    <message>
        <source>&amp;Markdown Table</source>
        <translation>&amp;Markdown-Tabelle</translation>
    </message>
    <message>
        <source>A table for an issue or a README</source>
        <translation>Eine Tabelle für ein Issue oder ein README</translation>
    </message>
    <message>
        <source>&amp;JSON</source>
        <translation>&amp;JSON</translation>
    </message>
    <message>
        <source>The objects that ckptscope ls --json prints</source>
        <translation>Die Objekte, die ckptscope ls --json ausgibt</translation>
    </message>
    <message>
        <source>&amp;Filter Expression</source>
        <translation>&amp;Filterausdruck</translation>
    </message>
    <message>
        <source>An expression that finds these tensors again</source>
        <translation>Ein Ausdruck, der diese Tensoren wiederfindet</translation>
    </message>
    <message>
        <source>&amp;Python List</source>
        <translation>&amp;Python-Liste</translation>
    </message>
    <message>
        <source>A list of the keys as Python strings</source>
        <translation>Eine Liste der Schlüssel als Python-Zeichenketten</translation>
    </message>
    <message>
        <source>Select &amp;All</source>
        <translation>A&amp;lles auswählen</translation>
    </message>
    <message>
        <source>Select all rows of the view</source>
        <translation>Alle Zeilen der Ansicht auswählen</translation>
    </message>
    <message>
        <source>&amp;Filter</source>
        <translation>&amp;Filter</translation>
    </message>
    <message>
        <source>Filter tensors (press ? in the field for the language; / in a view comes here too)</source>
        <translation>Tensoren filtern (? im Feld zeigt die Sprache; / in einer Ansicht führt auch hierher)</translation>
    </message>
    <message>
        <source>&amp;Preferences…</source>
        <translation>&amp;Einstellungen…</translation>
    </message>
    <message>
        <source>Theme, rules, where repaired copies go</source>
        <translation>Farben, Regeln, wohin reparierte Kopien kommen</translation>
    </message>
    <message>
        <source>&amp;Roles</source>
        <translation>&amp;Rollen</translation>
    </message>
    <message>
        <source>One row a name pattern</source>
        <translation>Eine Zeile je Namensmuster</translation>
    </message>
    <message>
        <source>&amp;Tree</source>
        <translation>Bau&amp;m</translation>
    </message>
    <message>
        <source>Keys as a tree of their parts</source>
        <translation>Schlüssel als Baum ihrer Teile</translation>
    </message>
    <message>
        <source>&amp;Flat</source>
        <translation>&amp;Liste</translation>
    </message>
    <message>
        <source>One row a tensor, sortable by any column</source>
        <translation>Eine Zeile je Tensor, nach jeder Spalte sortierbar</translation>
    </message>
    <message>
        <source>&amp;Next View</source>
        <translation>&amp;Nächste Ansicht</translation>
    </message>
    <message>
        <source>From roles to tree to flat list</source>
        <translation>Von Rollen zu Baum zu Liste</translation>
    </message>
    <message>
        <source>&amp;Columns</source>
        <translation>S&amp;palten</translation>
    </message>
    <message>
        <source>Fit Columns</source>
        <translation>Spalten anpassen</translation>
    </message>
    <message>
        <source>Reset Columns</source>
        <translation>Spalten zurücksetzen</translation>
    </message>
    <message>
        <source>&amp;Expand All</source>
        <translation>Alles &amp;aufklappen</translation>
    </message>
    <message>
        <source>Open every group of the tree</source>
        <translation>Jede Gruppe des Baums öffnen</translation>
    </message>
    <message>
        <source>C&amp;ollapse All</source>
        <translation>Alles z&amp;uklappen</translation>
    </message>
    <message>
        <source>Close every group of the tree</source>
        <translation>Jede Gruppe des Baums schließen</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Details</translation>
    </message>
    <message>
        <source>F&amp;indings</source>
        <translation>Be&amp;funde</translation>
    </message>
    <message>
        <source>&amp;Values</source>
        <translation>&amp;Werte</translation>
    </message>
    <message>
        <source>&amp;Histogram</source>
        <translation>&amp;Histogramm</translation>
    </message>
    <message>
        <source>H&amp;eatmap</source>
        <translation>H&amp;eatmap</translation>
    </message>
    <message>
        <source>Ha&amp;lf-life</source>
        <translation>Halbwerts&amp;zeit</translation>
    </message>
    <message>
        <source>Ma&amp;p</source>
        <translation>&amp;Karte</translation>
    </message>
    <message>
        <source>&amp;Shards</source>
        <translation>&amp;Shards</translation>
    </message>
    <message>
        <source>&amp;Metadata</source>
        <translation>Me&amp;tadaten</translation>
    </message>
    <message>
        <source>Show or focus; again: hide</source>
        <translation>Zeigen oder Fokus setzen; noch einmal: verbergen</translation>
    </message>
    <message>
        <source>Next &amp;Pane</source>
        <translation>Nächster &amp;Bereich</translation>
    </message>
    <message>
        <source>Move the focus: verdict, filter, tensors, docks, jobs</source>
        <translation>Den Fokus weitersetzen: Urteil, Filter, Tensoren, Bereiche, Arbeiten</translation>
    </message>
    <message>
        <source>Pre&amp;vious Pane</source>
        <translation>&amp;Voriger Bereich</translation>
    </message>
    <message>
        <source>Move the focus the other way</source>
        <translation>Den Fokus andersherum weitersetzen</translation>
    </message>
    <message>
        <source>Restore Default &amp;Layout</source>
        <translation>An&amp;ordnung zurücksetzen</translation>
    </message>
    <message>
        <source>Docks and columns as they first were</source>
        <translation>Bereiche und Spalten, wie sie anfangs waren</translation>
    </message>
    <message>
        <source>F&amp;ull Screen</source>
        <translation>Vollb&amp;ild</translation>
    </message>
    <message>
        <source>Use the whole screen; again: the window</source>
        <translation>Den ganzen Bildschirm nutzen; noch einmal: das Fenster</translation>
    </message>
    <message>
        <source>&amp;Next Violation</source>
        <translation>&amp;Nächster Verstoß</translation>
    </message>
    <message>
        <source>Go to the next tensor that the verdict speaks of</source>
        <translation>Zum nächsten Tensor, von dem das Urteil spricht</translation>
    </message>
    <message>
        <source>&amp;Previous Violation</source>
        <translation>&amp;Voriger Verstoß</translation>
    </message>
    <message>
        <source>Go to the one before</source>
        <translation>Zu dem davor</translation>
    </message>
    <message>
        <source>&amp;Scan This Tensor</source>
        <translation>Diesen Tensor &amp;lesen</translation>
    </message>
    <message>
        <source>Count NaN, Inf and zeros of the selected tensors; min, max, mean, std</source>
        <translation>NaN, Inf und Nullen der gewählten Tensoren zählen; Min, Max, Mittel, Std</translation>
    </message>
    <message>
        <source>Scan &amp;All Values</source>
        <translation>&amp;Alle Werte lesen</translation>
    </message>
    <message>
        <source>Count NaN, Inf, zeros; min, max, mean, std</source>
        <translation>NaN, Inf, Nullen zählen; Min, Max, Mittel, Std</translation>
    </message>
    <message>
        <source>&amp;Filter By</source>
        <translation>&amp;Filtern nach</translation>
    </message>
    <message>
        <source>&amp;Exclude</source>
        <translation>Auss&amp;chließen</translation>
    </message>
    <message>
        <source>This &amp;DType</source>
        <translation>Dieser &amp;DType</translation>
    </message>
    <message>
        <source>This &amp;Rule</source>
        <translation>Diese &amp;Regel</translation>
    </message>
    <message>
        <source>This &amp;Shape</source>
        <translation>Diese &amp;Form</translation>
    </message>
    <message>
        <source>This S&amp;hard</source>
        <translation>Dieser S&amp;hard</translation>
    </message>
    <message>
        <source>This &amp;Prefix</source>
        <translation>Dieses &amp;Präfix</translation>
    </message>
    <message>
        <source>Show only tensors that agree with this one in it</source>
        <translation>Nur Tensoren zeigen, die darin mit diesem übereinstimmen</translation>
    </message>
    <message>
        <source>Hide tensors that agree with this one in it</source>
        <translation>Tensoren verbergen, die darin mit diesem übereinstimmen</translation>
    </message>
    <message>
        <source>Show Shard in &amp;Folder</source>
        <translation>Shard im &amp;Ordner zeigen</translation>
    </message>
    <message>
        <source>Open the folder that holds the tensor&apos;s file</source>
        <translation>Den Ordner öffnen, der die Datei des Tensors enthält</translation>
    </message>
    <message>
        <source>&amp;Cancel Newest Job</source>
        <translation>Neueste Arbeit a&amp;bbrechen</translation>
    </message>
    <message>
        <source>Stop the job that was started last</source>
        <translation>Die zuletzt begonnene Arbeit anhalten</translation>
    </message>
    <message>
        <source>&amp;Filter and Keys</source>
        <translation>&amp;Filter und Tasten</translation>
    </message>
    <message>
        <source>The filter language and every shortcut</source>
        <translation>Die Filtersprache und jede Taste</translation>
    </message>
    <message>
        <source>&amp;Rules</source>
        <translation>&amp;Regeln</translation>
    </message>
    <message>
        <source>Which rules there are, why, and from where</source>
        <translation>Welche Regeln es gibt, warum und woher</translation>
    </message>
    <message>
        <source>&amp;About ckptscope</source>
        <translation>Ü&amp;ber ckptscope</translation>
    </message>
    <message>
        <source>Version and licence</source>
        <translation>Version und Lizenz</translation>
    </message>
    <message>
        <source>About &amp;Qt</source>
        <translation>Über &amp;Qt</translation>
    </message>
    <message>
        <source>The library that draws this window</source>
        <translation>Die Bibliothek, die dieses Fenster zeichnet</translation>
    </message>
    <message>
        <source>Which rules judge, and as which model</source>
        <translation>Welche Regeln urteilen, und als welches Modell</translation>
    </message>
    <message>
        <source>Count NaN, Inf, zeros; min, max, mean, std. Reads %1</source>
        <translation>NaN, Inf, Nullen zählen; Min, Max, Mittel, Std. Liest %1</translation>
    </message>
    <message>
        <source>Too many tensors to open them all at once</source>
        <translation>Zu viele Tensoren, um sie alle auf einmal zu öffnen</translation>
    </message>
    <message>
        <source>&amp;Clear</source>
        <translation>&amp;Leeren</translation>
    </message>
    <message>
        <source>All rules</source>
        <translation>Alle Regeln</translation>
    </message>
    <message>
        <source>Exactly what NeMo AutoModel&apos;s gated_delta_net_fp32 demands</source>
        <translation>Genau das, was NeMo AutoModels gated_delta_net_fp32 verlangt</translation>
    </message>
    <message>
        <source>Judge as</source>
        <translation>Beurteilen als</translation>
    </message>
    <message>
        <source>What config.json or the keys say</source>
        <translation>Was config.json oder die Schlüssel sagen</translation>
    </message>
    <message>
        <source>Show Tensors</source>
        <translation>Tensoren zeigen</translation>
    </message>
    <message>
        <source>Compare With</source>
        <translation>Vergleichen mit</translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors *.gguf *.pt *.pth *.bin *.ckpt *.npz *.npy *.json *.metadata);;All Files (*)</source>
        <translation>Checkpoints (*.safetensors *.gguf *.pt *.pth *.bin *.ckpt *.npz *.npy *.json *.metadata);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Nothing here asks for a repair.</source>
        <translation>Nichts verlangt hier eine Reparatur.</translation>
    </message>
    <message>
        <source>Writing %1</source>
        <translation>%1 wird geschrieben</translation>
    </message>
    <message>
        <source>Export Report</source>
        <translation>Bericht exportieren</translation>
    </message>
    <message>
        <source>Export Table</source>
        <translation>Tabelle exportieren</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Saved %1.</source>
        <translation>%1 gespeichert.</translation>
    </message>
    <message>
        <source>Planning</source>
        <translation>Planen</translation>
    </message>
    <message>
        <source>Copying the demo</source>
        <translation>Demo kopieren</translation>
    </message>
    <message>
        <source>Open File</source>
        <translation>Datei öffnen</translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors *.gguf *.pt *.pth *.bin *.ckpt *.npz *.npy *.json);;All Files (*)</source>
        <translation>Checkpoints (*.safetensors *.gguf *.pt *.pth *.bin *.ckpt *.npz *.npy *.json);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Open Folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>A repaired copy is being written.</source>
        <translation>Eine reparierte Kopie wird geschrieben.</translation>
    </message>
    <message>
        <source>Wait for it, or cancel it, before another checkpoint is opened.</source>
        <translation>Warten Sie darauf, oder brechen Sie ab, bevor ein anderer Checkpoint geöffnet wird.</translation>
    </message>
    <message>
        <source>Opening %1</source>
        <translation>%1 öffnen</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Cannot open %1.</source>
        <translation>%1 lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Nochmals</translation>
    </message>
    <message>
        <source>It is left out; all other rules are used.</source>
        <translation>Sie wird ausgelassen; alle anderen Regeln gelten.</translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s) in your rule files. The rules concerned are left out; all others are used.</source>
        <translation>
            <numerusform>%n Fehler in Ihren Regeldateien. Die betroffenen Regeln werden ausgelassen; alle anderen gelten.</numerusform>
            <numerusform>%n Fehler in Ihren Regeldateien. Die betroffenen Regeln werden ausgelassen; alle anderen gelten.</numerusform>
        </translation>
    </message>
    <message>
        <source>Preferences…</source>
        <translation>Einstellungen…</translation>
    </message>
    <message>
        <source>There is no tensor %1.</source>
        <translation>Es gibt keinen Tensor %1.</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>A repaired copy is being written; cancel it first.</source>
        <translation>Eine reparierte Kopie wird geschrieben; brechen Sie das zuerst ab.</translation>
    </message>
    <message>
        <source>The files changed on disk.</source>
        <translation>Die Dateien haben sich auf der Platte geändert.</translation>
    </message>
    <message>
        <source>Reload</source>
        <translation>Neu laden</translation>
    </message>
    <message>
        <source>Nothing is selected.</source>
        <translation>Nichts ist ausgewählt.</translation>
    </message>
    <message>
        <source>Cancelled. What was scanned so far is kept.</source>
        <translation>Abgebrochen. Was bis dahin gelesen wurde, bleibt.</translation>
    </message>
    <message>
        <source>Scanning values</source>
        <translation>Werte lesen</translation>
    </message>
    <message numerus="yes">
        <source>The values of %n tensor(s) could not be read.</source>
        <translation>
            <numerusform>Die Werte von %n Tensor ließen sich nicht lesen.</numerusform>
            <numerusform>Die Werte von %n Tensoren ließen sich nicht lesen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Scanned %1, %2.</source>
        <translation>%1 gelesen, %2.</translation>
    </message>
    <message>
        <source>Profile: %1</source>
        <translation>Profil: %1</translation>
    </message>
    <message>
        <source>Show the tensors with advice</source>
        <translation>Die Tensoren mit Rat zeigen</translation>
    </message>
    <message>
        <source>Writes %1 as %2 into %3. The source is not touched.</source>
        <translation>Schreibt %1 als %2 nach %3. Die Quelle bleibt unberührt.</translation>
    </message>
    <message>
        <source>Writes %1 anew into %2. The source is not touched.</source>
        <translation>Schreibt %1 neu nach %2. Die Quelle bleibt unberührt.</translation>
    </message>
    <message>
        <source>The checkpoint is damaged: a whole one cannot be written from it.</source>
        <translation>Der Checkpoint ist beschädigt: Ein ganzer kann daraus nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>Choose edits, output and device first (%1)</source>
        <translation>Zuerst Änderungen, Ziel und Gerät wählen (%1)</translation>
    </message>
    <message>
        <source>Filter to what the verdict speaks of and select the first (F8: next)</source>
        <translation>Nach dem filtern, wovon das Urteil spricht, und das erste auswählen (F8: weiter)</translation>
    </message>
    <message>
        <source>Which rules there are, and for which models</source>
        <translation>Welche Regeln es gibt, und für welche Modelle</translation>
    </message>
    <message>
        <source>1 file</source>
        <translation>1 Datei</translation>
    </message>
    <message>
        <source>%1 shards</source>
        <translation>%1 Shards</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 Parameter</translation>
    </message>
    <message>
        <source>Filtering</source>
        <translation>Filtern</translation>
    </message>
    <message>
        <source>There is no violation to go to.</source>
        <translation>Es gibt keinen Verstoß, zu dem es ginge.</translation>
    </message>
    <message numerus="yes">
        <source>Copied %n tensor(s).</source>
        <translation>
            <numerusform>%n Tensor kopiert.</numerusform>
            <numerusform>%n Tensoren kopiert.</numerusform>
        </translation>
    </message>
    <message>
        <source>Copying</source>
        <translation>Kopieren</translation>
    </message>
    <message numerus="yes">
        <source>Copied %n line(s).</source>
        <translation>
            <numerusform>%n Zeile kopiert.</numerusform>
            <numerusform>%n Zeilen kopiert.</numerusform>
        </translation>
    </message>
    <message>
        <source>E&amp;xport Tensor…</source>
        <translation>Tensor e&amp;xportieren…</translation>
    </message>
    <message>
        <source>Save the selected tensors as .safetensors, or one as .npy</source>
        <translation>Die gewählten Tensoren als .safetensors speichern, oder einen als .npy</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Take back the last edit of a tensor or of metadata</source>
        <translation>Die letzte Änderung eines Tensors oder der Metadaten zurücknehmen</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>&amp;Wiederholen</translation>
    </message>
    <message>
        <source>Do again what was taken back</source>
        <translation>Noch einmal tun, was zurückgenommen wurde</translation>
    </message>
    <message>
        <source>Cast &amp;To</source>
        <translation>&amp;Umwandeln in</translation>
    </message>
    <message>
        <source>Ta&amp;ke From Donor…</source>
        <translation>Vom Sp&amp;ender nehmen…</translation>
    </message>
    <message>
        <source>Take the F32 values of the selected tensors from an older checkpoint: choose it in the dialog that opens</source>
        <translation>Die F32-Werte der gewählten Tensoren aus einem älteren Checkpoint nehmen: Wählen Sie ihn in dem Dialog, der sich öffnet</translation>
    </message>
    <message>
        <source>&amp;Leave Out of Fix</source>
        <translation>Von der Re&amp;paratur ausnehmen</translation>
    </message>
    <message>
        <source>A fix keeps the selected tensors as they are</source>
        <translation>Eine Reparatur lässt die gewählten Tensoren, wie sie sind</translation>
    </message>
    <message>
        <source>&amp;Drop From Copy</source>
        <translation>Aus der Kopie &amp;weglassen</translation>
    </message>
    <message>
        <source>The repaired copy does not hold the selected tensors</source>
        <translation>Die reparierte Kopie enthält die gewählten Tensoren nicht</translation>
    </message>
    <message>
        <source>For&amp;get Edits</source>
        <translation>Änderungen ver&amp;gessen</translation>
    </message>
    <message>
        <source>What was asked of the selected tensors by hand is taken back</source>
        <translation>Was von Hand für die gewählten Tensoren verlangt wurde, wird zurückgenommen</translation>
    </message>
    <message>
        <source>Nothing is selected</source>
        <translation>Nichts ist ausgewählt</translation>
    </message>
    <message>
        <source>Not all of these hold floats</source>
        <translation>Nicht alle davon enthalten Gleitkommazahlen</translation>
    </message>
    <message>
        <source>Rounds: values lose precision</source>
        <translation>Rundet: Werte verlieren Genauigkeit</translation>
    </message>
    <message>
        <source>Every value is kept</source>
        <translation>Jeder Wert bleibt erhalten</translation>
    </message>
    <message>
        <source>cast to %1</source>
        <translation>in %1 umwandeln</translation>
    </message>
    <message>
        <source>leave out of fix</source>
        <translation>von der Reparatur ausnehmen</translation>
    </message>
    <message>
        <source>drop</source>
        <translation>weglassen</translation>
    </message>
    <message>
        <source>forget edits</source>
        <translation>Änderungen vergessen</translation>
    </message>
    <message>
        <source>take from donor</source>
        <translation>vom Spender nehmen</translation>
    </message>
    <message>
        <source>A donor gives F32 values: none of these tensors holds floats that it could replace.</source>
        <translation>Ein Spender gibt F32-Werte: Keiner dieser Tensoren enthält Gleitkommazahlen, die er ersetzen könnte.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>edit, tensors</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>set %1</source>
        <translation>%1 setzen</translation>
    </message>
    <message>
        <source>remove %1</source>
        <translation>%1 entfernen</translation>
    </message>
    <message>
        <source>Nothing is written yet: Review Fix shows this edit and writes the copy.</source>
        <translation>Noch ist nichts geschrieben: „Reparatur prüfen“ zeigt diese Änderung und schreibt die Kopie.</translation>
    </message>
    <message>
        <source>What is selected is missing: no file holds its values.</source>
        <translation>Was ausgewählt ist, fehlt: Keine Datei enthält seine Werte.</translation>
    </message>
    <message>
        <source>%1 missing</source>
        <translation>%1 fehlen</translation>
    </message>
    <message>
        <source>%1 missing, the first %2 are listed</source>
        <translation>%1 fehlen, die ersten %2 sind aufgeführt</translation>
    </message>
    <message>
        <source>Safetensors (*%1)</source>
        <translation>safetensors (*%1)</translation>
    </message>
    <message>
        <source>NumPy array (*%1)</source>
        <translation>NumPy-Array (*%1)</translation>
    </message>
    <message>
        <source>Export Tensor</source>
        <translation>Tensor exportieren</translation>
    </message>
    <message numerus="yes">
        <source>Export %n Tensor(s)</source>
        <translation>
            <numerusform>%n Tensor exportieren</numerusform>
            <numerusform>%n Tensoren exportieren</numerusform>
        </translation>
    </message>
    <message>
        <source>Saved %1: %2, %3.</source>
        <comment>file, tensors, bytes</comment>
        <translation>%1 gespeichert: %2, %3.</translation>
    </message>
    <message>
        <source>Close the open dialog first.</source>
        <translation>Schließen Sie zuerst den offenen Dialog.</translation>
    </message>
    <message>
        <source>%1 is there now.</source>
        <translation>%1 ist jetzt da.</translation>
    </message>
    <message>
        <source>%1 cannot be opened any more.</source>
        <translation>%1 lässt sich nicht mehr öffnen.</translation>
    </message>
    <message>
        <source>%1 became shorter: %2 of %3 are left.</source>
        <translation>%1 wurde kürzer: %2 von %3 sind übrig.</translation>
    </message>
    <message>
        <source>%1 was replaced or written to.</source>
        <translation>%1 wurde ersetzt oder beschrieben.</translation>
    </message>
    <message>
        <source>%1 What is shown is what was read before.</source>
        <comment>what changed</comment>
        <translation>%1 Gezeigt wird, was vorher gelesen wurde.</translation>
    </message>
    <message>
        <source>Compare %1 with %2</source>
        <comment>open one, dropped one</comment>
        <translation>%1 mit %2 vergleichen</translation>
    </message>
    <message>
        <source>Save the findings as a web page that stands alone, or as JSON, SARIF, Markdown, CSV or text</source>
        <translation>Die Befunde als eigenständige Webseite sichern oder als JSON, SARIF, Markdown, CSV oder Text</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>Webseite (*.html)</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>SARIF (*.sarif)</source>
        <translation>SARIF (*.sarif)</translation>
    </message>
    <message>
        <source>Markdown (*.md)</source>
        <translation>Markdown (*.md)</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>Text (*.txt)</translation>
    </message>
    <message>
        <source>Ctrl+1 to Ctrl+9</source>
        <translation>Strg+1 bis Strg+9</translation>
    </message>
    <message>
        <source>One of the checkpoints that were opened last</source>
        <translation>Einer der zuletzt geöffneten Checkpoints</translation>
    </message>
    <message>
        <source>Compare With F&amp;older…</source>
        <translation>Mit Ordner ver&amp;gleichen…</translation>
    </message>
    <message>
        <source>Compare with a second checkpoint that is a folder</source>
        <translation>Mit einem zweiten Checkpoint vergleichen, der ein Ordner ist</translation>
    </message>
    <message numerus="yes">
        <source>%n edit(s) are gone: their tensors are not there any more, or are others.</source>
        <translation>
            <numerusform>Eine Änderung ist weg: Ihren Tensor gibt es nicht mehr, oder er ist ein anderer.</numerusform>
            <numerusform>%n Änderungen sind weg: Ihre Tensoren gibt es nicht mehr, oder sie sind andere.</numerusform>
        </translation>
    </message>
    <message>
        <source>Edits</source>
        <translation>Änderungen</translation>
    </message>
    <message numerus="yes">
        <source>%n edit(s) by hand were not written.</source>
        <translation>
            <numerusform>Eine Änderung von Hand wurde nicht geschrieben.</numerusform>
            <numerusform>%n Änderungen von Hand wurden nicht geschrieben.</numerusform>
        </translation>
    </message>
    <message>
        <source>A fix writes them into a copy; without one they are lost.</source>
        <translation>Eine Reparatur schreibt sie in eine Kopie; ohne sie gehen sie verloren.</translation>
    </message>
    <message>
        <source>&amp;Discard Edits</source>
        <translation>Änderungen &amp;verwerfen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::Mark</name>
    <message>
        <source>violation</source>
        <translation>Verstoß</translation>
    </message>
    <message>
        <source>advice</source>
        <translation>Rat</translation>
    </message>
    <message>
        <source>note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>clean</source>
        <translation>in Ordnung</translation>
    </message>
    <message>
        <source>not judged</source>
        <translation>nicht beurteilt</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>beschädigt</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>laundered</source>
        <translation>gewaschen</translation>
    </message>
    <message>
        <source>No rule covers this tensor</source>
        <translation>Keine Regel gilt für diesen Tensor</translation>
    </message>
    <message>
        <source>Stored as required</source>
        <translation>Wie verlangt gespeichert</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Not judged</source>
        <translation>Nicht beurteilt</translation>
    </message>
    <message>
        <source>Advice</source>
        <translation>Rat</translation>
    </message>
    <message>
        <source>Violation</source>
        <translation>Verstoß</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>Beschädigt</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>Fehlt</translation>
    </message>
    <message>
        <source>Laundered</source>
        <translation>Gewaschen</translation>
    </message>
    <message>
        <source>%1 holds</source>
        <translation>%1 erfüllt</translation>
    </message>
    <message>
        <source>%1 hold</source>
        <translation>%1 erfüllt</translation>
    </message>
    <message>
        <source>%1 note</source>
        <translation>%1 Hinweis</translation>
    </message>
    <message>
        <source>%1 notes</source>
        <translation>%1 Hinweise</translation>
    </message>
    <message>
        <source>%1 advice</source>
        <translation>%1 Rat</translation>
    </message>
    <message>
        <source>%1 violation</source>
        <translation>%1 Verstoß</translation>
    </message>
    <message>
        <source>%1 violations</source>
        <translation>%1 Verstöße</translation>
    </message>
    <message>
        <source>%1 damaged</source>
        <translation>%1 beschädigt</translation>
    </message>
    <message>
        <source>%1 missing</source>
        <translation>%1 fehlen</translation>
    </message>
    <message>
        <source>names code to run</source>
        <translation>nennt Code, der laufen soll</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::MessageBar</name>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy this message with its details</source>
        <translation>Diese Meldung mit ihren Einzelheiten kopieren</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Meldungen</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>&amp;Details</source>
        <translation>&amp;Details</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::MetadataDialog</name>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Set</source>
        <translation>&amp;Setzen</translation>
    </message>
    <message>
        <source>Add to __metadata__</source>
        <translation>Zu __metadata__ hinzufügen</translation>
    </message>
    <message>
        <source>Edit __metadata__</source>
        <translation>__metadata__ bearbeiten</translation>
    </message>
    <message>
        <source>The source is not touched: a fix writes this into its copy. Edit &gt; Undo takes it back.</source>
        <translation>Die Quelle bleibt unberührt: Eine Reparatur schreibt dies in ihre Kopie. Bearbeiten &gt; Rückgängig nimmt es zurück.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Key</source>
        <translation>&amp;Schlüssel</translation>
    </message>
    <message>
        <source>&amp;Value</source>
        <translation>&amp;Wert</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::MetadataModel</name>
    <message>
        <source>%1, %2 elements, %3</source>
        <translation>%1, %2 Elemente, %3</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>names code to run; it was read as data, nothing was run</source>
        <translation>nennt Code, der laufen soll; er wurde als Daten gelesen, nichts lief</translation>
    </message>
    <message>
        <source>known</source>
        <translation>bekannt</translation>
    </message>
    <message>
        <source>unknown to ckptscope</source>
        <translation>ckptscope unbekannt</translation>
    </message>
    <message>
        <source>%1; called</source>
        <translation>%1; aufgerufen</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Aus</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation>
            <numerusform>%n Datei</numerusform>
            <numerusform>%n Dateien</numerusform>
        </translation>
    </message>
    <message>
        <source>edited, was %1</source>
        <translation>geändert, war %1</translation>
    </message>
    <message>
        <source>to be removed</source>
        <translation>wird entfernt</translation>
    </message>
    <message>
        <source>to be added</source>
        <translation>wird hinzugefügt</translation>
    </message>
    <message>
        <source>Pickle globals</source>
        <translation>Namen in Pickles</translation>
    </message>
    <message>
        <source>GGUF pairs</source>
        <translation>GGUF-Paare</translation>
    </message>
    <message>
        <source>Pickle values</source>
        <translation>Werte in Pickles</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::MetadataPanel</name>
    <message>
        <source>Search metadata</source>
        <translation>Metadaten durchsuchen</translation>
    </message>
    <message>
        <source>Search keys and values</source>
        <translation>Schlüssel und Werte durchsuchen</translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation>Metadaten</translation>
    </message>
    <message>
        <source>&amp;Add…</source>
        <translation>&amp;Hinzufügen…</translation>
    </message>
    <message>
        <source>E&amp;dit…</source>
        <translation>&amp;Bearbeiten…</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Add a pair to __metadata__: a fix writes it</source>
        <translation>Ein Paar zu __metadata__ hinzufügen: Eine Reparatur schreibt es</translation>
    </message>
    <message>
        <source>Change the selected pair of __metadata__: a fix writes it</source>
        <translation>Das gewählte Paar von __metadata__ ändern: Eine Reparatur schreibt es</translation>
    </message>
    <message>
        <source>Leave the selected pair of __metadata__ out of what a fix writes</source>
        <translation>Das gewählte Paar von __metadata__ in dem weglassen, was eine Reparatur schreibt</translation>
    </message>
    <message numerus="yes">
        <source>Copied %n line(s).</source>
        <translation>
            <numerusform>%n Zeile kopiert.</numerusform>
            <numerusform>%n Zeilen kopiert.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;Value</source>
        <translation>&amp;Wert kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;Key</source>
        <translation>&amp;Schlüssel kopieren</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::MutedLine</name>
    <message>
        <source>1 rule is muted: %1</source>
        <translation>1 Regel ist stummgeschaltet: %1</translation>
    </message>
    <message>
        <source>%1 rules are muted</source>
        <translation>%1 Regeln sind stummgeschaltet</translation>
    </message>
    <message>
        <source>Unmute</source>
        <translation>Wieder sprechen lassen</translation>
    </message>
    <message>
        <source>Unmute All</source>
        <translation>Alle sprechen lassen</translation>
    </message>
    <message>
        <source>Nothing that they find is shown or repaired in this window until they are unmuted: %1</source>
        <comment>rules that are muted</comment>
        <translation>Was sie finden, wird in diesem Fenster weder gezeigt noch repariert, bis sie wieder sprechen: %1</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::PlaceField</name>
    <message>
        <source>C&amp;hoose…</source>
        <translation>&amp;Wählen…</translation>
    </message>
    <message>
        <source>Replace it once the new one is complete</source>
        <translation>Ersetzen, sobald die neue vollständig ist</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Choose the output</source>
        <translation>Das Ziel wählen</translation>
    </message>
    <message>
        <source>Choose where it is written</source>
        <translation>Wählen, wohin geschrieben wird</translation>
    </message>
    <message>
        <source>Checking the output…</source>
        <translation>Das Ziel wird geprüft…</translation>
    </message>
    <message>
        <source>Free %1, but %2 are needed.</source>
        <translation>Frei sind %1, aber %2 werden gebraucht.</translation>
    </message>
    <message>
        <source>Free space or choose another folder.</source>
        <translation>Schaffen Sie Platz oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>Free %1. Needs %2; %3 are shared with the source.</source>
        <translation>Frei sind %1. Gebraucht werden %2; %3 werden mit der Quelle geteilt.</translation>
    </message>
    <message>
        <source>Free %1. Needs %2.</source>
        <translation>Frei sind %1. Gebraucht werden %2.</translation>
    </message>
    <message>
        <source>%1 exists already.</source>
        <translation>%1 gibt es schon.</translation>
    </message>
    <message>
        <source>Choose another name, or replace it.</source>
        <translation>Wählen Sie einen anderen Namen, oder ersetzen Sie es.</translation>
    </message>
    <message>
        <source>safetensors (*.safetensors)</source>
        <translation>safetensors (*.safetensors)</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::Plot</name>
    <message>
        <source>Copy Image</source>
        <translation>Bild kopieren</translation>
    </message>
    <message>
        <source>Copied the image.</source>
        <translation>Das Bild wurde kopiert.</translation>
    </message>
    <message>
        <source>Copy Data as CSV</source>
        <translation>Daten als CSV kopieren</translation>
    </message>
    <message>
        <source>Copied the data.</source>
        <translation>Die Daten wurden kopiert.</translation>
    </message>
    <message>
        <source>Save As…</source>
        <translation>Speichern als…</translation>
    </message>
    <message>
        <source>Save Plot</source>
        <translation>Bild speichern</translation>
    </message>
    <message>
        <source>Saved the plot.</source>
        <translation>Das Bild wurde gespeichert.</translation>
    </message>
    <message>
        <source>The plot was not saved: %1.</source>
        <translation>Das Bild wurde nicht gespeichert: %1.</translation>
    </message>
    <message>
        <source>PNG (*.png)</source>
        <translation>PNG (*.png)</translation>
    </message>
    <message>
        <source>SVG (*.svg)</source>
        <translation>SVG (*.svg)</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>&amp;General</source>
        <translation>&amp;Allgemein</translation>
    </message>
    <message>
        <source>&amp;Rules</source>
        <translation>&amp;Regeln</translation>
    </message>
    <message>
        <source>&amp;Fix</source>
        <translation>Re&amp;paratur</translation>
    </message>
    <message>
        <source>&amp;Privacy</source>
        <translation>&amp;Privates</translation>
    </message>
    <message>
        <source>&amp;Defaults</source>
        <translation>&amp;Vorgaben</translation>
    </message>
    <message>
        <source>Show the defaults on all pages; OK takes them</source>
        <translation>Auf allen Seiten die Vorgaben zeigen; OK übernimmt sie</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Reopen the &amp;last checkpoint at start</source>
        <translation>Beim Start den &amp;letzten Checkpoint öffnen</translation>
    </message>
    <message>
        <source>Re&amp;view before fixing</source>
        <translation>Vor dem Reparieren &amp;prüfen</translation>
    </message>
    <message>
        <source>&amp;Scan rule-covered tensors on open</source>
        <translation>Tensoren mit &amp;Regeln beim Öffnen lesen</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Farben</translation>
    </message>
    <message>
        <source>Fix opens the dialog first, also where nothing needs deciding.</source>
        <translation>Reparieren öffnet zuerst den Dialog, auch wo nichts zu entscheiden ist.</translation>
    </message>
    <message>
        <source>Reads up to 64 MiB of values, to find NaN, Inf and precision that was lost earlier.</source>
        <translation>Liest bis zu 64 MiB an Werten, um NaN, Inf und früher verlorene Genauigkeit zu finden.</translation>
    </message>
    <message>
        <source>default: all rules</source>
        <translation>default: alle Regeln</translation>
    </message>
    <message>
        <source>nemo-automodel: what it keeps in F32</source>
        <translation>nemo-automodel: was es in F32 hält</translation>
    </message>
    <message>
        <source>Pro&amp;file</source>
        <translation>Pro&amp;fil</translation>
    </message>
    <message>
        <source>&amp;Show Rules…</source>
        <translation>Regeln &amp;zeigen…</translation>
    </message>
    <message>
        <source>Built-in rules: %1</source>
        <translation>Eingebaute Regeln: %1</translation>
    </message>
    <message>
        <source>Further rule files</source>
        <translation>Weitere Regeldateien</translation>
    </message>
    <message>
        <source>F&amp;urther rule files</source>
        <translation>&amp;Weitere Regeldateien</translation>
    </message>
    <message>
        <source>&amp;Add…</source>
        <translation>&amp;Hinzufügen…</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>&amp;Verify every byte after writing</source>
        <translation>Nach dem Schreiben jedes Byte &amp;nachprüfen</translation>
    </message>
    <message>
        <source>Use &amp;hard links for shards that do not change</source>
        <translation>&amp;Harte Links für Shards, die sich nicht ändern</translation>
    </message>
    <message>
        <source>Name &amp;suffix</source>
        <translation>&amp;Namenszusatz</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>&amp;Gerät</translation>
    </message>
    <message>
        <source>Otherwise what was cast or copied is read back; blocks that the file system shares are trusted.</source>
        <translation>Sonst wird zurückgelesen, was umgewandelt oder kopiert wurde; Blöcken, die das Dateisystem teilt, wird vertraut.</translation>
    </message>
    <message>
        <source>Takes no space, but both names are then one file: a program that writes into one changes the other.</source>
        <translation>Braucht keinen Platz, aber beide Namen sind dann eine Datei: Ein Programm, das in die eine schreibt, ändert auch die andere.</translation>
    </message>
    <message>
        <source>&amp;Remember recent checkpoints, filters and folders</source>
        <translation>Checkpoints, Filter und Ordner &amp;merken</translation>
    </message>
    <message>
        <source>&amp;Clear Now</source>
        <translation>Jetzt &amp;leeren</translation>
    </message>
    <message>
        <source>Forget recent checkpoints, filters and folders at once</source>
        <translation>Gemerkte Checkpoints, Filter und Ordner sofort vergessen</translation>
    </message>
    <message>
        <source>They are kept in %1. Keys and values are never stored, and nothing is sent anywhere.</source>
        <translation>Sie stehen in %1. Schlüssel und Werte werden nie gespeichert, und nichts wird irgendwohin gesendet.</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Geleert</translation>
    </message>
    <message>
        <source>Add Rule Files</source>
        <translation>Regeldateien hinzufügen</translation>
    </message>
    <message>
        <source>Rule files (*.json)</source>
        <translation>Regeldateien (*.json)</translation>
    </message>
    <message>
        <source>Reading the rule files…</source>
        <translation>Die Regeldateien werden gelesen…</translation>
    </message>
    <message numerus="yes">
        <source>%n rule(s) were read.</source>
        <translation>
            <numerusform>%n Regel wurde gelesen.</numerusform>
            <numerusform>%n Regeln wurden gelesen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more problem(s). The other rules are used.</source>
        <translation>
            <numerusform>%n weiterer Fehler. Die anderen Regeln gelten.</numerusform>
            <numerusform>%n weitere Fehler. Die anderen Regeln gelten.</numerusform>
        </translation>
    </message>
    <message>
        <source>The other rules are used.</source>
        <translation>Die anderen Regeln gelten.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>device, why it cannot be used</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>A repaired copy of Qwen3-Next is named Qwen3-Next%1.</source>
        <translation>Eine reparierte Kopie von Qwen3-Next heißt Qwen3-Next%1.</translation>
    </message>
    <message>
        <source>Without a suffix the copy would have the source&apos;s name.</source>
        <translation>Ohne Zusatz hätte die Kopie den Namen der Quelle.</translation>
    </message>
    <message>
        <source>A suffix cannot hold a slash or a control character.</source>
        <translation>Ein Zusatz kann keinen Schrägstrich und kein Steuerzeichen enthalten.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ReceiptModel</name>
    <message>
        <source>%1, %2, was %3, is %4</source>
        <comment>tensor, how, old and new dtype</comment>
        <translation>%1, %2, war %3, ist %4</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>weggelassen</translation>
    </message>
    <message>
        <source>SHA-256 of the elements as stored</source>
        <translation>SHA-256 der Elemente, wie sie gespeichert sind</translation>
    </message>
    <message>
        <source>%1 → %2</source>
        <comment>renamed</comment>
        <translation>%1 → %2</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Old</source>
        <translation>Alt</translation>
    </message>
    <message>
        <source>New</source>
        <translation>Neu</translation>
    </message>
    <message>
        <source>Hash before</source>
        <translation>Hash vorher</translation>
    </message>
    <message>
        <source>Hash after</source>
        <translation>Hash nachher</translation>
    </message>
    <message>
        <source>widened</source>
        <comment>values</comment>
        <translation>geweitet</translation>
    </message>
    <message>
        <source>narrowed</source>
        <comment>values</comment>
        <translation>verengt</translation>
    </message>
    <message>
        <source>donor&apos;s</source>
        <comment>values</comment>
        <translation>vom Spender</translation>
    </message>
    <message>
        <source>relabelled</source>
        <comment>values</comment>
        <translation>umbenannt</translation>
    </message>
    <message>
        <source>dequantised</source>
        <comment>values</comment>
        <translation>dequantisiert</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ReceiptPage</name>
    <message>
        <source>&amp;Open Repaired Checkpoint</source>
        <translation>Reparierten Checkpoint ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Show &amp;Folder</source>
        <translation>&amp;Ordner zeigen</translation>
    </message>
    <message>
        <source>Changed tensors</source>
        <translation>Geänderte Tensoren</translation>
    </message>
    <message>
        <source>&amp;Save Receipt…</source>
        <translation>&amp;Beleg speichern…</translation>
    </message>
    <message>
        <source>&amp;Copy Command</source>
        <translation>&amp;Befehl kopieren</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>Open what was written and judge it</source>
        <translation>Öffnen, was geschrieben wurde, und es beurteilen</translation>
    </message>
    <message>
        <source>Show the output in the file manager</source>
        <translation>Das Ziel in der Dateiverwaltung zeigen</translation>
    </message>
    <message>
        <source>Copy the command line that does the same</source>
        <translation>Die Befehlszeile kopieren, die dasselbe tut</translation>
    </message>
    <message>
        <source>Return to the source&apos;s tensors (Esc)</source>
        <translation>Zu den Tensoren der Quelle zurückkehren (Esc)</translation>
    </message>
    <message>
        <source>Copied the command.</source>
        <translation>Der Befehl wurde kopiert.</translation>
    </message>
    <message numerus="yes">
        <source>%n tensor(s) changed</source>
        <translation>
            <numerusform>%n Tensor geändert</numerusform>
            <numerusform>%n Tensoren geändert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 byte-identical</source>
        <translation>
            <numerusform>%1 Byte für Byte gleich</numerusform>
            <numerusform>%1 Byte für Byte gleich</numerusform>
        </translation>
    </message>
    <message>
        <source>There was nothing to do. No file was written.</source>
        <translation>Es war nichts zu tun. Keine Datei wurde geschrieben.</translation>
    </message>
    <message>
        <source>Written and verified: %1. %2, %3.</source>
        <comment>name, tensors changed, tensors the same</comment>
        <translation>Geschrieben und nachgeprüft: %1. %2, %3.</translation>
    </message>
    <message numerus="yes">
        <source>%n violation(s) (is|are) left: their edits were not checked.</source>
        <translation>
            <numerusform>%n Verstoß bleibt: Seine Änderung war nicht angekreuzt.</numerusform>
            <numerusform>%n Verstöße bleiben: Ihre Änderungen waren nicht angekreuzt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n safetensors file(s)</source>
        <translation>
            <numerusform>%n safetensors-Datei</numerusform>
            <numerusform>%n safetensors-Dateien</numerusform>
        </translation>
    </message>
    <message>
        <source>Written and verified: %1. %2 in %3.</source>
        <comment>name, tensors, files</comment>
        <translation>Geschrieben und nachgeprüft: %1. %2 in %3.</translation>
    </message>
    <message>
        <source>Written and verified: %1. %2 in %3, %4.</source>
        <comment>name, tensors, files, cast</comment>
        <translation>Geschrieben und nachgeprüft: %1. %2 in %3, %4.</translation>
    </message>
    <message numerus="yes">
        <source>%n of them cast</source>
        <translation>
            <numerusform>%n davon umgewandelt</numerusform>
            <numerusform>%n davon umgewandelt</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Open Converted Checkpoint</source>
        <translation>Umgewandelten Checkpoint ö&amp;ffnen</translation>
    </message>
    <message numerus="yes">
        <source>%n violation(s) (is|are) left in it.</source>
        <translation>
            <numerusform>%n Verstoß bleibt darin.</numerusform>
            <numerusform>%n Verstöße bleiben darin.</numerusform>
        </translation>
    </message>
    <message>
        <source>Values come from the donor.</source>
        <translation>Die Werte kommen vom Spender.</translation>
    </message>
    <message>
        <source>Widening restores the storage, not lost bits.</source>
        <translation>Weiten stellt den Speicherplatz wieder her, nicht verlorene Bits.</translation>
    </message>
    <message>
        <source>Narrowing rounded values to the nearest that the new dtype has.</source>
        <translation>Verengen rundete Werte auf den nächsten, den der neue DType hat.</translation>
    </message>
    <message>
        <source>The CPU did the work: %1.</source>
        <comment>why not the GPU</comment>
        <translation>Die CPU tat die Arbeit: %1.</translation>
    </message>
    <message>
        <source>%1 written</source>
        <comment>size</comment>
        <translation>%1 geschrieben</translation>
    </message>
    <message>
        <source>%1 shared with the source</source>
        <comment>size</comment>
        <translation>%1 mit der Quelle geteilt</translation>
    </message>
    <message>
        <source>%1 read back and compared</source>
        <comment>size</comment>
        <translation>%1 zurückgelesen und verglichen</translation>
    </message>
    <message>
        <source>on the CPU</source>
        <translation>auf der CPU</translation>
    </message>
    <message>
        <source>on %1</source>
        <comment>a device</comment>
        <translation>auf %1</translation>
    </message>
    <message>
        <source>Left out: %1</source>
        <comment>names of files</comment>
        <translation>Weggelassen: %1</translation>
    </message>
    <message>
        <source>Save Receipt</source>
        <translation>Beleg speichern</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
    <message>
        <source>Saved %1.</source>
        <translation>%1 gespeichert.</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>%1 kann nicht geschrieben werden: %2</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>Save this as a web page that stands alone, or as JSON</source>
        <translation>Als Webseite, die für sich steht, oder als JSON sichern</translation>
    </message>
    <message>
        <source>Muted, neither mended nor counted: %1.</source>
        <comment>rules</comment>
        <translation>Stummgeschaltet, weder behoben noch gezählt: %1.</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>Webseite (*.html)</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::RecentModel</name>
    <message numerus="yes">
        <source>%1 tensor(s)</source>
        <translation>
            <numerusform>%1 Tensor</numerusform>
            <numerusform>%1 Tensoren</numerusform>
        </translation>
    </message>
    <message>
        <source>not found</source>
        <translation>nicht gefunden</translation>
    </message>
    <message>
        <source>names code</source>
        <translation>nennt Code</translation>
    </message>
    <message>
        <source>%1, %2, %3, %4, in %5</source>
        <comment>name, verdict, facts, when, folder</comment>
        <translation>%1, %2, %3, %4, in %5</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::RolesModel</name>
    <message>
        <source>%1 %2 missing</source>
        <translation>%1 %2 fehlt</translation>
    </message>
    <message>
        <source>%1 missing</source>
        <translation>%1 fehlen</translation>
    </message>
    <message>
        <source>%1 differs: %2</source>
        <translation>%1 weicht ab: %2</translation>
    </message>
    <message>
        <source>%1 differ</source>
        <translation>%1 weichen ab</translation>
    </message>
    <message>
        <source>varies</source>
        <translation>verschieden</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <translation>%1, %2, %3</translation>
    </message>
    <message>
        <source>Pattern</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>DType</source>
        <translation>DType</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>Tensoren</translation>
    </message>
    <message>
        <source>Elements</source>
        <translation>Elemente</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>Lücken</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::RuleListModel</name>
    <message>
        <source> or </source>
        <comment>between dtypes</comment>
        <translation> oder </translation>
    </message>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>%1, %2, %3, wants %4, for %5</source>
        <comment>rule, title, severity, dtypes, architectures</comment>
        <translation>%1, %2, %3, verlangt %4, für %5</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>Schwere</translation>
    </message>
    <message>
        <source>Wants</source>
        <translation>Soll</translation>
    </message>
    <message>
        <source>Architectures</source>
        <translation>Architekturen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::RulesDialog</name>
    <message>
        <source>Rules</source>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>Filter rules</source>
        <translation>Regeln filtern</translation>
    </message>
    <message>
        <source>The selected rule</source>
        <translation>Die gewählte Regel</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <comment>rules shown, all rules</comment>
        <translation>%1 von %2</translation>
    </message>
    <message>
        <source>No rule matches.</source>
        <translation>Keine Regel passt.</translation>
    </message>
    <message>
        <source>Severity</source>
        <translation>Schwere</translation>
    </message>
    <message>
        <source>Wants</source>
        <translation>Soll</translation>
    </message>
    <message>
        <source>Architectures</source>
        <translation>Architekturen</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>%1 is %2</source>
        <comment>configuration path, values</comment>
        <translation>%1 ist %2</translation>
    </message>
    <message>
        <source> or </source>
        <comment>between values</comment>
        <translation> oder </translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>Form</translation>
    </message>
    <message>
        <source>Sources</source>
        <translation>Quellen</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Aus</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::SelectionStats</name>
    <message>
        <source>&amp;Read Values</source>
        <translation>Werte &amp;lesen</translation>
    </message>
    <message>
        <source>&amp;Save as CSV…</source>
        <translation>Als CSV &amp;speichern…</translation>
    </message>
    <message>
        <source>Save every row with all digits</source>
        <translation>Jede Zeile mit allen Stellen speichern</translation>
    </message>
    <message>
        <source>Statistics of the selected tensors</source>
        <translation>Statistik der gewählten Tensoren</translation>
    </message>
    <message>
        <source>%1, not read yet: %2 (%3)</source>
        <comment>tensors, number, bytes</comment>
        <translation>%1, noch nicht gelesen: %2 (%3)</translation>
    </message>
    <message>
        <source>Reads %1</source>
        <translation>Liest %1</translation>
    </message>
    <message>
        <source>Cancelled. What was read so far is kept.</source>
        <translation>Abgebrochen. Was bis dahin gelesen wurde, bleibt.</translation>
    </message>
    <message>
        <source>Reading values</source>
        <translation>Werte lesen</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message numerus="yes">
        <source>Copied %n row(s).</source>
        <translation>
            <numerusform>%n Zeile kopiert.</numerusform>
            <numerusform>%n Zeilen kopiert.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>&amp;Kopieren</translation>
    </message>
    <message>
        <source>Copy As C&amp;SV</source>
        <translation>Als C&amp;SV kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;Keys</source>
        <translation>&amp;Schlüssel kopieren</translation>
    </message>
    <message>
        <source>Save as CSV…</source>
        <translation>Als CSV speichern…</translation>
    </message>
    <message>
        <source>&amp;Go to Tensor</source>
        <translation>&amp;Zum Tensor</translation>
    </message>
    <message>
        <source>Save Statistics</source>
        <translation>Statistik speichern</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>Saved %1.</source>
        <translation>%1 gespeichert.</translation>
    </message>
    <message>
        <source>%1 cannot be written: %2</source>
        <translation>%1 kann nicht geschrieben werden: %2</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ShardsModel</name>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>beschädigt</translation>
    </message>
    <message>
        <source>whole</source>
        <translation>ganz</translation>
    </message>
    <message>
        <source>whole, but the index does not name it</source>
        <translation>ganz, aber der Index nennt ihn nicht</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>Tensoren</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ShardsPanel</name>
    <message>
        <source>Shards</source>
        <translation>Shards</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ShortcutsDialog</name>
    <message>
        <source>Elsewhere</source>
        <translation>Anderswo</translation>
    </message>
    <message>
        <source>Filter and Keys</source>
        <translation>Filter und Tasten</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Find in filter language and keys</source>
        <translation>In Filtersprache und Tasten suchen</translation>
    </message>
    <message>
        <source>Filter language</source>
        <translation>Filtersprache</translation>
    </message>
    <message>
        <source>Write</source>
        <translation>Schreiben</translation>
    </message>
    <message>
        <source>Means</source>
        <translation>Bedeutet</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>Aktion</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>Was sie tut</translation>
    </message>
    <message>
        <source>&amp;Keys</source>
        <translation>&amp;Tasten</translation>
    </message>
    <message>
        <source>&amp;Filter Language</source>
        <translation>&amp;Filtersprache</translation>
    </message>
    <message>
        <source>In a list</source>
        <translation>In einer Liste</translation>
    </message>
    <message>
        <source>In a plot</source>
        <translation>In einem Diagramm</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Details</translation>
    </message>
    <message>
        <source>Of a tensor; in roles its tensors, in findings the rule&apos;s</source>
        <translation>Eines Tensors; bei Rollen ihre Tensoren, bei Befunden die der Regel</translation>
    </message>
    <message>
        <source>Open, Close a group</source>
        <translation>Gruppe öffnen, schließen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Letters</source>
        <translation>Buchstaben</translation>
    </message>
    <message>
        <source>Goes to the next row that begins with them</source>
        <translation>Geht zur nächsten Zeile, die mit ihnen beginnt</translation>
    </message>
    <message>
        <source>Context menu</source>
        <translation>Kontextmenü</translation>
    </message>
    <message>
        <source>What can be done with the row, or the plot</source>
        <translation>Was sich mit der Zeile oder dem Diagramm tun lässt</translation>
    </message>
    <message>
        <source>Move the cursor</source>
        <translation>Cursor bewegen</translation>
    </message>
    <message>
        <source>Its readout says what stands there; Page Up and Down move it far, Up and Down over rows</source>
        <translation>Die Ablesung sagt, was dort steht; Bild auf und ab bewegen ihn weit, Auf und Ab über Zeilen</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Selects the tensor, shows the value, zooms into the group</source>
        <translation>Wählt den Tensor aus, zeigt den Wert, vergrößert die Gruppe</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>At the cursor; dragging over a part and the wheel zoom, too</source>
        <translation>Am Cursor; Ziehen über einen Teil und das Rad vergrößern auch</translation>
    </message>
    <message>
        <source>Move the part</source>
        <translation>Ausschnitt verschieben</translation>
    </message>
    <message>
        <source>Of a heatmap; or drag it with Ctrl</source>
        <translation>Einer Heatmap; oder mit Strg ziehen</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Everything again; one group out of the map</source>
        <translation>Wieder alles; eine Gruppe hinaus in der Karte</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::StartPage</name>
    <message>
        <source>Open &amp;Folder…</source>
        <translation>&amp;Ordner öffnen…</translation>
    </message>
    <message>
        <source>&amp;Open File…</source>
        <translation>Datei ö&amp;ffnen…</translation>
    </message>
    <message>
        <source>Open &amp;Demo</source>
        <translation>&amp;Demo öffnen</translation>
    </message>
    <message>
        <source>Says which tensors of a checkpoint are stored in a dtype that its model cannot bear, and repairs them.</source>
        <translation>Sagt, welche Tensoren eines Checkpoints in einem DType liegen, den das Modell nicht verträgt, und repariert sie.</translation>
    </message>
    <message>
        <source>or drop a checkpoint anywhere</source>
        <translation>oder einen Checkpoint irgendwohin ziehen</translation>
    </message>
    <message>
        <source>&amp;Recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>Checkpoints that you open will be listed here.</source>
        <translation>Checkpoints, die Sie öffnen, stehen dann hier.</translation>
    </message>
    <message>
        <source>Recent checkpoints</source>
        <translation>Zuletzt geöffnete Checkpoints</translation>
    </message>
    <message>
        <source>Open a folder as one checkpoint</source>
        <translation>Einen Ordner als einen Checkpoint öffnen</translation>
    </message>
    <message>
        <source>Open a file; any shard or index opens the whole checkpoint</source>
        <translation>Eine Datei öffnen; jeder Shard oder Index öffnet den ganzen Checkpoint</translation>
    </message>
    <message>
        <source>Open a small checkpoint with faults to try things on; a fresh copy each time</source>
        <translation>Einen kleinen Checkpoint mit Fehlern zum Ausprobieren öffnen; jedes Mal eine frische Kopie</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>Ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Open in &amp;New Window</source>
        <translation>In &amp;neuem Fenster öffnen</translation>
    </message>
    <message>
        <source>&amp;Copy Path</source>
        <translation>&amp;Pfad kopieren</translation>
    </message>
    <message>
        <source>Copied the path.</source>
        <translation>Der Pfad wurde kopiert.</translation>
    </message>
    <message>
        <source>&amp;Remove From List</source>
        <translation>Aus der &amp;Liste entfernen</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::StatisticsModel</name>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>DType</source>
        <translation>DType</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Min</source>
        <translation>Min</translation>
    </message>
    <message>
        <source>Max</source>
        <translation>Max</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Std</source>
        <translation>Std</translation>
    </message>
    <message>
        <source>Max |x|</source>
        <translation>Max |x|</translation>
    </message>
    <message>
        <source>Zeros</source>
        <translation>Nullen</translation>
    </message>
    <message>
        <source>NaN</source>
        <translation>NaN</translation>
    </message>
    <message>
        <source>Inf</source>
        <translation>Inf</translation>
    </message>
    <message>
        <source>Narrowest Exact</source>
        <translation>Schmalster genauer</translation>
    </message>
    <message>
        <source>1 %</source>
        <translation>1 %</translation>
    </message>
    <message>
        <source>50 %</source>
        <translation>50 %</translation>
    </message>
    <message>
        <source>99 %</source>
        <translation>99 %</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::TensorPanel</name>
    <message>
        <source>What is selected is missing: no file holds its values.</source>
        <translation>Was ausgewählt ist, fehlt: Keine Datei enthält seine Werte.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::TensorTreeModel</name>
    <message>
        <source>mixed</source>
        <translation>gemischt</translation>
    </message>
    <message>
        <source>%1 shards</source>
        <translation>%1 Shards</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>%1, %2 in %3</source>
        <translation>%1, %2 in %3</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::TensorView</name>
    <message>
        <source>Clear Filter</source>
        <translation>Filter leeren</translation>
    </message>
    <message>
        <source>Tensors by role</source>
        <translation>Tensoren nach Rolle</translation>
    </message>
    <message>
        <source>Tensor tree</source>
        <translation>Baum der Tensoren</translation>
    </message>
    <message>
        <source>Tensor list</source>
        <translation>Liste der Tensoren</translation>
    </message>
    <message>
        <source>No tensor matches.</source>
        <translation>Kein Tensor passt.</translation>
    </message>
    <message>
        <source>This checkpoint holds no tensors.</source>
        <translation>Dieser Checkpoint hat keine Tensoren.</translation>
    </message>
    <message>
        <source>Fit Columns</source>
        <translation>Spalten anpassen</translation>
    </message>
    <message>
        <source>Reset Columns</source>
        <translation>Spalten zurücksetzen</translation>
    </message>
    <message>
        <source>Sorting</source>
        <translation>Sortieren</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::TreemapPanel</name>
    <message>
        <source>&amp;Up</source>
        <translation>&amp;Hinauf</translation>
    </message>
    <message>
        <source>What areas stand for</source>
        <translation>Wofür Flächen stehen</translation>
    </message>
    <message>
        <source>Area: bytes</source>
        <translation>Fläche: Bytes</translation>
    </message>
    <message>
        <source>Area: elements</source>
        <translation>Fläche: Elemente</translation>
    </message>
    <message>
        <source>Area: number of tensors</source>
        <translation>Fläche: Zahl der Tensoren</translation>
    </message>
    <message>
        <source>What colours stand for</source>
        <translation>Wofür Farben stehen</translation>
    </message>
    <message>
        <source>Colour: dtype</source>
        <translation>Farbe: DType</translation>
    </message>
    <message>
        <source>Colour: verdict</source>
        <translation>Farbe: Urteil</translation>
    </message>
    <message>
        <source>Colour: shard</source>
        <translation>Farbe: Shard</translation>
    </message>
    <message>
        <source>To the group around this one (Backspace; Esc: to everything)</source>
        <translation>Zur Gruppe um diese herum (Rücktaste; Esc: zu allem)</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Es wird gelesen…</translation>
    </message>
    <message>
        <source>Colour: layer</source>
        <translation>Farbe: Schicht</translation>
    </message>
    <message>
        <source>From blue, the first layer, to orange, the last; grey: of no layer</source>
        <translation>Von Blau, der ersten Schicht, bis Orange, der letzten; grau: in keiner Schicht</translation>
    </message>
    <message>
        <source>Where the map is</source>
        <translation>Wo die Karte steht</translation>
    </message>
    <message>
        <source>Shown: %1</source>
        <translation>Gezeigt: %1</translation>
    </message>
    <message>
        <source>Back to %1</source>
        <translation>Zurück zu %1</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::TreemapPlot</name>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>This checkpoint holds no tensors.</source>
        <translation>Dieser Checkpoint hat keine Tensoren.</translation>
    </message>
    <message numerus="yes">
        <source>%n smaller part(s)</source>
        <translation>
            <numerusform>%n kleinerer Teil</numerusform>
            <numerusform>%n kleinere Teile</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, %2, largest %3 %4</source>
        <comment>tensors, size, key, size</comment>
        <translation>%1, %2, größter %3 %4</translation>
    </message>
    <message>
        <source>%1  %2</source>
        <comment>name, size</comment>
        <translation>%1  %2</translation>
    </message>
    <message>
        <source>%1: %2, %3 (%4 %)</source>
        <comment>name, tensors, size, share</comment>
        <translation>%1: %2, %3 (%4 %)</translation>
    </message>
    <message>
        <source>, %1</source>
        <translation>, %1</translation>
    </message>
    <message>
        <source>Go to Tensor</source>
        <translation>Zum Tensor</translation>
    </message>
    <message>
        <source>Zoom In</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom Out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>no rule</source>
        <translation>keine Regel</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>Schicht %1</translation>
    </message>
    <message>
        <source>in no layer</source>
        <translation>in keiner Schicht</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weiterer</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ValuesModel</name>
    <message>
        <source>Reading values</source>
        <translation>Werte lesen</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
</context>
<context>
    <name>ckptscope::ui::ValuesPanel</name>
    <message>
        <source>Slice</source>
        <translation>Schnitt</translation>
    </message>
    <message>
        <source>&amp;Bits</source>
        <translation>&amp;Bits</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>Select all cells</source>
        <translation>Alle Zellen auswählen</translation>
    </message>
    <message>
        <source>Go to i, j</source>
        <translation>Zu i, j gehen</translation>
    </message>
    <message>
        <source>Go to an index</source>
        <translation>Zu einem Index gehen</translation>
    </message>
    <message>
        <source>Show the stored bits instead of the values</source>
        <translation>Die gespeicherten Bits statt der Werte zeigen</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Select one tensor to see its values.</source>
        <translation>Wählen Sie einen Tensor, um seine Werte zu sehen.</translation>
    </message>
    <message>
        <source>%1, %2, %3</source>
        <translation>%1, %2, %3</translation>
    </message>
    <message>
        <source>Index in dimension %1</source>
        <translation>Index in Dimension %1</translation>
    </message>
    <message>
        <source>At most %1 cells can be copied at a time.</source>
        <translation>Höchstens %1 Zellen lassen sich auf einmal kopieren.</translation>
    </message>
    <message numerus="yes">
        <source>Copied %n cell(s).</source>
        <translation>
            <numerusform>%n Zelle kopiert.</numerusform>
            <numerusform>%n Zellen kopiert.</numerusform>
        </translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>Zeilen davor</translation>
    </message>
    <message>
        <source>Columns before these</source>
        <translation>Spalten davor</translation>
    </message>
    <message>
        <source>Rows behind these</source>
        <translation>Zeilen danach</translation>
    </message>
    <message>
        <source>Columns behind these</source>
        <translation>Spalten danach</translation>
    </message>
    <message>
        <source>Rows %1 to %2 of %3</source>
        <translation>Zeilen %1 bis %2 von %3</translation>
    </message>
    <message>
        <source>Columns %1 to %2 of %3</source>
        <translation>Spalten %1 bis %2 von %3</translation>
    </message>
</context>
<context>
    <name>codes</name>
    <message>
        <source>internal error: {0}</source>
        <translation>interner Fehler: {0}</translation>
    </message>
    <message>
        <source>This is a mistake in ckptscope: please report it.</source>
        <translation>Das ist ein Fehler in ckptscope: Bitte melden Sie ihn.</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>{0} is {1:n}, over the limit of {2:n}</source>
        <translation>{0} ist {1:n}, über der Grenze von {2:n}</translation>
    </message>
    <message>
        <source>{0}</source>
        <translation>{0}</translation>
    </message>
    <message>
        <source>no such file or folder</source>
        <translation>diese Datei oder dieser Ordner existiert nicht</translation>
    </message>
    <message>
        <source>permission denied</source>
        <translation>Zugriff verweigert</translation>
    </message>
    <message>
        <source>Ask for read permission, or open a copy of your own.</source>
        <translation>Bitten Sie um Leserecht, oder öffnen Sie eine eigene Kopie.</translation>
    </message>
    <message>
        <source>cannot be opened: {0}</source>
        <translation>lässt sich nicht öffnen: {0}</translation>
    </message>
    <message>
        <source>cannot be read: {0}</source>
        <translation>lässt sich nicht lesen: {0}</translation>
    </message>
    <message>
        <source>The disk or the network behind it may be failing.</source>
        <translation>Die Platte oder das Netz dahinter versagt vielleicht.</translation>
    </message>
    <message>
        <source>cannot be written: {0}</source>
        <translation>lässt sich nicht schreiben: {0}</translation>
    </message>
    <message>
        <source>ends {0:n} bytes before what was to be read: it became shorter while it was open</source>
        <translation>endet {0:n} Bytes vor dem, was zu lesen war: Sie wurde kürzer, während sie offen war</translation>
    </message>
    <message>
        <source>Wait until nothing writes to it, then open it again.</source>
        <translation>Warten Sie, bis nichts mehr in sie schreibt, und öffnen Sie sie dann noch einmal.</translation>
    </message>
    <message>
        <source>changed while it was open</source>
        <translation>änderte sich, während sie offen war</translation>
    </message>
    <message>
        <source>Wait until nothing writes to it, then start again.</source>
        <translation>Warten Sie, bis nichts mehr in sie schreibt, und beginnen Sie dann noch einmal.</translation>
    </message>
    <message>
        <source>has {0:B}, more than the {1:B} that are read of such a file</source>
        <translation>hat {0:B}, mehr als die {1:B}, die von einer solchen Datei gelesen werden</translation>
    </message>
    <message>
        <source>is {0}, not a file</source>
        <translation>ist {0}, keine Datei</translation>
    </message>
    <message>
        <source>is a symbolic link to a file that does not exist</source>
        <translation>ist ein symbolischer Link auf eine Datei, die es nicht gibt</translation>
    </message>
    <message>
        <source>Fetch the file that it points to, or remove the link.</source>
        <translation>Holen Sie die Datei, auf die er zeigt, oder entfernen Sie den Link.</translation>
    </message>
    <message>
        <source>is a symbolic link that leaves the checkpoint&apos;s folder</source>
        <translation>ist ein symbolischer Link, der den Ordner des Checkpoints verlässt</translation>
    </message>
    <message>
        <source>Add --follow if you trust it.</source>
        <translation>Fügen Sie --follow hinzu, wenn Sie ihm trauen.</translation>
    </message>
    <message>
        <source>is not a checkpoint format that ckptscope knows; it begins with {0}</source>
        <translation>hat kein Checkpoint-Format, das ckptscope kennt; sie beginnt mit {0}</translation>
    </message>
    <message>
        <source>is {0}, which ckptscope does not read</source>
        <translation>ist {0}; das liest ckptscope nicht</translation>
    </message>
    <message>
        <source>is empty (0 bytes)</source>
        <translation>ist leer (0 Bytes)</translation>
    </message>
    <message>
        <source>Usually an interrupted download or save: fetch or write it again.</source>
        <translation>Meist ein abgebrochenes Herunterladen oder Speichern: Holen oder schreiben Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>holds only zero bytes: its room was reserved, but nothing was written</source>
        <translation>enthält nur Null-Bytes: Ihr Platz wurde belegt, aber nichts wurde geschrieben</translation>
    </message>
    <message>
        <source>Usually an interrupted download: fetch it again.</source>
        <translation>Meist ein abgebrochenes Herunterladen: Holen Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>is a git-lfs pointer: the weights ({0:B}) were never downloaded</source>
        <translation>ist ein Zeiger von git-lfs: Die Gewichte ({0:B}) wurden nie heruntergeladen</translation>
    </message>
    <message>
        <source>Run `git lfs pull` in the repository, or download the file again.</source>
        <translation>Führen Sie `git lfs pull` im Repository aus, oder laden Sie die Datei noch einmal herunter.</translation>
    </message>
    <message>
        <source>is a saved web page or error message, not a checkpoint</source>
        <translation>ist eine gespeicherte Webseite oder Fehlermeldung, kein Checkpoint</translation>
    </message>
    <message>
        <source>Download the file again; you may have to log in first.</source>
        <translation>Laden Sie die Datei noch einmal herunter; vielleicht müssen Sie sich vorher anmelden.</translation>
    </message>
    <message>
        <source>holds no checkpoint that ckptscope can read</source>
        <translation>enthält keinen Checkpoint, den ckptscope lesen kann</translation>
    </message>
    <message>
        <source>holds several checkpoints: {0}</source>
        <translation>enthält mehrere Checkpoints: {0}</translation>
    </message>
    <message>
        <source>Name one of them.</source>
        <translation>Nennen Sie einen davon.</translation>
    </message>
    <message>
        <source>is not in the same folder as {0}</source>
        <translation>ist nicht im selben Ordner wie {0}</translation>
    </message>
    <message>
        <source>Several paths must be shards of one checkpoint.</source>
        <translation>Mehrere Pfade müssen Shards eines Checkpoints sein.</translation>
    </message>
    <message>
        <source>has {0:n} bytes, too few for a safetensors header length</source>
        <translation>hat {0:n} Bytes, zu wenige für die Längenangabe eines safetensors-Kopfs</translation>
    </message>
    <message>
        <source>the header length is {0:n}, over the format&apos;s limit of {1:n}</source>
        <translation>die Länge des Kopfs ist {0:n}, über der Grenze des Formats von {1:n}</translation>
    </message>
    <message>
        <source>the header is said to have {0:n} bytes, but only {1:n} follow</source>
        <translation>der Kopf soll {0:n} Bytes haben, aber nur {1:n} folgen</translation>
    </message>
    <message>
        <source>the header is not UTF-8</source>
        <translation>der Kopf ist kein UTF-8</translation>
    </message>
    <message>
        <source>the header is not the JSON that safetensors asks for: {0}</source>
        <translation>der Kopf ist nicht das JSON, das safetensors verlangt: {0}</translation>
    </message>
    <message>
        <source>the entry of tensor {0} is not as safetensors asks: {1}</source>
        <translation>der Eintrag von Tensor {0} ist nicht, wie safetensors ihn verlangt: {1}</translation>
    </message>
    <message>
        <source>__metadata__ is not as safetensors asks: {0}</source>
        <translation>__metadata__ ist nicht, wie safetensors es verlangt: {0}</translation>
    </message>
    <message>
        <source>__metadata__ names {0} twice; readers take the last one</source>
        <translation>__metadata__ nennt {0} zweimal; Programme nehmen das letzte</translation>
    </message>
    <message>
        <source>__metadata__ is null, which readers take for absent</source>
        <translation>__metadata__ ist null; Programme nehmen das als nicht vorhanden</translation>
    </message>
    <message>
        <source>tensor {0} is listed twice; one reader takes the first entry, another the last</source>
        <translation>Tensor {0} ist zweimal aufgeführt; ein Programm nimmt den ersten Eintrag, ein anderes den letzten</translation>
    </message>
    <message>
        <source>the entry of tensor {0} has a field {1} that safetensors does not know</source>
        <translation>der Eintrag von Tensor {0} hat ein Feld {1}, das safetensors nicht kennt</translation>
    </message>
    <message>
        <source>tensor {0} has dtype {1}, which safetensors does not know; older readers refuse the whole file</source>
        <translation>Tensor {0} hat den DType {1}, den safetensors nicht kennt; ältere Programme lehnen die ganze Datei ab</translation>
    </message>
    <message>
        <source>{0:n} bytes in front of tensor {1} belong to no tensor</source>
        <translation>{0:n} Bytes vor Tensor {1} gehören keinem Tensor</translation>
    </message>
    <message>
        <source>tensor {0} shares bytes with tensor {1}</source>
        <translation>Tensor {0} teilt Bytes mit Tensor {1}</translation>
    </message>
    <message>
        <source>the data_offsets of tensor {0} ({1} to {2}) are not in order or not in the file</source>
        <translation>die data_offsets von Tensor {0} ({1} bis {2}) sind nicht in Ordnung oder nicht in der Datei</translation>
    </message>
    <message>
        <source>the shape of tensor {0} gives more elements or bytes than 64 bits can count</source>
        <translation>die Form von Tensor {0} ergibt mehr Elemente oder Bytes, als 64 Bits zählen können</translation>
    </message>
    <message>
        <source>tensor {0} does not end on a byte: {1:n} elements of {2:n} bits</source>
        <translation>Tensor {0} endet nicht auf einem Byte: {1:n} Elemente von {2:n} Bits</translation>
    </message>
    <message>
        <source>tensor {0} needs {1:n} bytes by its dtype and shape, but {2:n} are stored</source>
        <translation>Tensor {0} braucht nach DType und Form {1:n} Bytes, gespeichert sind aber {2:n}</translation>
    </message>
    <message>
        <source>the file ends {0:n} bytes early: the header promises {1:n} bytes, the file has {2:n}</source>
        <translation>die Datei endet {0:n} Bytes zu früh: Der Kopf verspricht {1:n} Bytes, die Datei hat {2:n}</translation>
    </message>
    <message>
        <source>Usually an interrupted download: fetch this file again.</source>
        <translation>Meist ein abgebrochenes Herunterladen: Holen Sie diese Datei noch einmal.</translation>
    </message>
    <message>
        <source>{0:n} bytes follow the last tensor</source>
        <translation>{0:n} Bytes folgen auf den letzten Tensor</translation>
    </message>
    <message>
        <source>tensor {0} has {1:n} dimensions; ckptscope reads at most {2:n}</source>
        <translation>Tensor {0} hat {1:n} Dimensionen; ckptscope liest höchstens {2:n}</translation>
    </message>
    <message>
        <source>tensor {0} has a name that is {1}</source>
        <translation>Tensor {0} hat einen Namen, der {1} ist</translation>
    </message>
    <message>
        <source>{0:n} tensors do not start at a multiple of their element size; some readers copy them to a new place</source>
        <translation>{0:n} Tensoren beginnen nicht auf einem Vielfachen ihrer Elementgröße; manche Programme kopieren sie um</translation>
    </message>
    <message>
        <source>the header begins with white space; strict readers want &apos;{&apos;</source>
        <translation>der Kopf beginnt mit Leerraum; strenge Programme verlangen „{“</translation>
    </message>
    <message>
        <source>the header has {0:B}; huggingface_hub&apos;s own parser refuses more than 25,000,000 bytes</source>
        <translation>der Kopf hat {0:B}; der Parser von huggingface_hub lehnt mehr als 25.000.000 Bytes ab</translation>
    </message>
    <message>
        <source>tensor {0} is empty, but its other dimensions multiply to more than 64 bits can count</source>
        <translation>Tensor {0} ist leer, aber seine anderen Dimensionen ergeben mehr, als 64 Bits zählen können</translation>
    </message>
    <message>
        <source>{0:n} more like &quot;{1}&quot; are not listed</source>
        <translation>{0:n} weitere wie „{1}“ sind nicht aufgeführt</translation>
    </message>
    <message>
        <source>is not a readable index: {0}</source>
        <translation>ist kein lesbarer Index: {0}</translation>
    </message>
    <message>
        <source>The shards&apos; own headers are used instead.</source>
        <translation>Stattdessen gelten die Köpfe der Shards selbst.</translation>
    </message>
    <message>
        <source>names the shard {0}, which is not a plain file name inside the folder; it was not opened</source>
        <translation>nennt den Shard {0}; das ist kein einfacher Dateiname im Ordner, er wurde nicht geöffnet</translation>
    </message>
    <message>
        <source>names {0} twice, with different shards</source>
        <translation>nennt {0} zweimal, mit verschiedenen Shards</translation>
    </message>
    <message>
        <source>names {0} twice, with the same shard</source>
        <translation>nennt {0} zweimal, mit demselben Shard</translation>
    </message>
    <message>
        <source>is named by the index for {0:n} tensors, but is not in the folder</source>
        <translation>wird vom Index für {0:n} Tensoren genannt, ist aber nicht im Ordner</translation>
    </message>
    <message>
        <source>Fetch this shard, then open the checkpoint again.</source>
        <translation>Holen Sie diesen Shard, und öffnen Sie den Checkpoint dann noch einmal.</translation>
    </message>
    <message>
        <source>cannot be read as {0}</source>
        <translation>lässt sich nicht als {0} lesen</translation>
    </message>
    <message>
        <source>is not readable JSON ({0}); rules are chosen by key names</source>
        <translation>ist kein lesbares JSON ({0}); die Regeln werden nach den Schlüsseln gewählt</translation>
    </message>
    <message>
        <source>config.json is missing; rules are chosen by key names</source>
        <translation>config.json fehlt; die Regeln werden nach den Schlüsseln gewählt</translation>
    </message>
    <message>
        <source>has no zip directory: the file is cut short, or its end was overwritten</source>
        <translation>hat kein zip-Verzeichnis: Die Datei ist abgeschnitten, oder ihr Ende wurde überschrieben</translation>
    </message>
    <message>
        <source>the zip directory is damaged: {0}</source>
        <translation>das zip-Verzeichnis ist beschädigt: {0}</translation>
    </message>
    <message>
        <source>is a zip archive without entries</source>
        <translation>ist ein zip-Archiv ohne Einträge</translation>
    </message>
    <message>
        <source>entry {0} {1}; it was not read</source>
        <translation>Eintrag {0} {1}; er wurde nicht gelesen</translation>
    </message>
    <message>
        <source>entry {0} does not lie where the directory says</source>
        <translation>Eintrag {0} liegt nicht dort, wo das Verzeichnis sagt</translation>
    </message>
    <message>
        <source>entry {0} shares bytes with {1}; neither was unpacked</source>
        <translation>Eintrag {0} teilt Bytes mit {1}; keiner wurde ausgepackt</translation>
    </message>
    <message>
        <source>No program writes such archives by accident: do not load this file.</source>
        <translation>Kein Programm schreibt solche Archive aus Versehen: Laden Sie diese Datei nicht.</translation>
    </message>
    <message>
        <source>holds entry {0} twice; torch reads one of them, other programs the other</source>
        <translation>enthält den Eintrag {0} zweimal; torch liest einen davon, andere Programme den anderen</translation>
    </message>
    <message>
        <source>entry {0} is stored as it is, yet has {1:n} bytes in the archive and {2:n} outside</source>
        <translation>Eintrag {0} ist unverändert gespeichert, hat aber {1:n} Bytes im Archiv und {2:n} außerhalb</translation>
    </message>
    <message>
        <source>entry {0} would grow from {1:B} to {2:B}; it was not unpacked</source>
        <translation>Eintrag {0} würde von {1:B} auf {2:B} wachsen; er wurde nicht ausgepackt</translation>
    </message>
    <message>
        <source>entry {0} cannot be unpacked: {1}</source>
        <translation>Eintrag {0} lässt sich nicht auspacken: {1}</translation>
    </message>
    <message>
        <source>entry {0} has another checksum than the directory says; torch does not compare them</source>
        <translation>Eintrag {0} hat eine andere Prüfsumme, als das Verzeichnis sagt; torch vergleicht sie nicht</translation>
    </message>
    <message>
        <source>Bytes changed since it was written: fetch it again, if you can.</source>
        <translation>Bytes änderten sich, seit sie geschrieben wurde: Holen Sie sie noch einmal, wenn Sie können.</translation>
    </message>
    <message>
        <source>entries {0} and {1} differ only in case; torch looks names up without it</source>
        <translation>die Einträge {0} und {1} unterscheiden sich nur in Groß- und Kleinschreibung; torch sucht Namen ohne sie</translation>
    </message>
    <message>
        <source>entry {0} is called {1} in its own header; scanners and loaders may read different things</source>
        <translation>Eintrag {0} heißt in seinem eigenen Kopf {1}; Prüfprogramme und Ladeprogramme lesen vielleicht Verschiedenes</translation>
    </message>
    <message>
        <source>entry {0} has other flags in its own header than in the directory; that stops some scanners, but not torch</source>
        <translation>Eintrag {0} hat in seinem eigenen Kopf andere Kennzeichen als im Verzeichnis; das hält manche Prüfprogramme auf, nicht aber torch</translation>
    </message>
    <message>
        <source>entry {0} has {1:n} bytes by its own header, {2:n} by the directory</source>
        <translation>Eintrag {0} hat {1:n} Bytes nach seinem eigenen Kopf, {2:n} nach dem Verzeichnis</translation>
    </message>
    <message>
        <source>entry {0} has a name that is {1}</source>
        <translation>Eintrag {0} hat einen Namen, der {1} ist</translation>
    </message>
    <message>
        <source>{0:n} bytes stand in front of the first entry</source>
        <translation>{0:n} Bytes stehen vor dem ersten Eintrag</translation>
    </message>
    <message>
        <source>{0:n} bytes follow the zip archive</source>
        <translation>{0:n} Bytes folgen auf das zip-Archiv</translation>
    </message>
    <message>
        <source>holds several zip end records; programs may take different ones for the real one</source>
        <translation>enthält mehrere zip-Enden; Programme halten vielleicht verschiedene für das echte</translation>
    </message>
    <message>
        <source>the pickle breaks off: {0}</source>
        <translation>das Pickle bricht ab: {0}</translation>
    </message>
    <message>
        <source>What stands before the break would have run already: see the names that it imports.</source>
        <translation>Was vor dem Abbruch steht, wäre schon gelaufen: Sehen Sie sich die Namen an, die es importiert.</translation>
    </message>
    <message>
        <source>the pickle unfolds to more than {0:n} values; what was listed is not all</source>
        <translation>das Pickle entfaltet sich zu mehr als {0:n} Werten; was aufgeführt wurde, ist nicht alles</translation>
    </message>
    <message>
        <source>the pickle nests deeper, or has longer names, than {0:n}; what was listed is not all</source>
        <translation>das Pickle schachtelt tiefer oder hat längere Namen als {0:n}; was aufgeführt wurde, ist nicht alles</translation>
    </message>
    <message>
        <source>another pickle follows the first one in {0}; torch reads only the first</source>
        <translation>auf das erste Pickle in {0} folgt ein weiteres; torch liest nur das erste</translation>
    </message>
    <message>
        <source>{1:n} bytes follow the end of {0}</source>
        <translation>{1:n} Bytes folgen auf das Ende von {0}</translation>
    </message>
    <message>
        <source>{0} leaves values behind that nothing uses</source>
        <translation>{0} hinterlässt Werte, die nichts verwendet</translation>
    </message>
    <message>
        <source>{0} does not begin with its protocol number, or names it twice</source>
        <translation>{0} beginnt nicht mit seiner Protokollnummer oder nennt sie zweimal</translation>
    </message>
    <message>
        <source>{0} imports a name that is computed while it is loaded</source>
        <translation>{0} importiert einen Namen, der erst beim Laden berechnet wird</translation>
    </message>
    <message>
        <source>No program writes such pickles: do not load this file.</source>
        <translation>Kein Programm schreibt solche Pickles: Laden Sie diese Datei nicht.</translation>
    </message>
    <message>
        <source>{0} calls what another call returns</source>
        <translation>{0} ruft auf, was ein anderer Aufruf zurückgibt</translation>
    </message>
    <message>
        <source>{0} uses extension codes, which mean what the loading program registered</source>
        <translation>{0} verwendet Erweiterungscodes; was sie bedeuten, legt das ladende Programm fest</translation>
    </message>
    <message>
        <source>{0} sets the state of something that has none</source>
        <translation>{0} setzt den Zustand von etwas, das keinen hat</translation>
    </message>
    <message>
        <source>{0} holds pickles in bytes beyond what is looked into ({1:n})</source>
        <translation>{0} enthält Pickles in Bytes, tiefer als nachgesehen wird ({1:n})</translation>
    </message>
    <message>
        <source>is a zip archive, but holds no data.pkl: torch did not write it</source>
        <translation>ist ein zip-Archiv, enthält aber keine data.pkl: torch hat es nicht geschrieben</translation>
    </message>
    <message>
        <source>has its pickle at {0}, where torch does not look for it</source>
        <translation>hat sein Pickle unter {0}, wo torch es nicht sucht</translation>
    </message>
    <message>
        <source>entry {0} is not in the archive&apos;s folder {1}; torch does not see it</source>
        <translation>Eintrag {0} ist nicht im Ordner {1} des Archivs; torch sieht ihn nicht</translation>
    </message>
    <message>
        <source>the archive&apos;s version {0}; torch refuses it</source>
        <translation>die Version {0} des Archivs: torch lehnt sie ab</translation>
    </message>
    <message>
        <source>the byteorder record says {0}, neither little nor big</source>
        <translation>der Eintrag byteorder sagt {0}, weder little noch big</translation>
    </message>
    <message>
        <source>tensor {0} has a dtype whose byte order a big-endian file does not tell</source>
        <translation>Tensor {0} hat einen DType, dessen Bytefolge eine Big-Endian-Datei nicht angibt</translation>
    </message>
    <message>
        <source>tensor {0} {1}</source>
        <translation>Tensor {0} {1}</translation>
    </message>
    <message>
        <source>tensor {0} lies in storage {1}, which is not in the file</source>
        <translation>Tensor {0} liegt im Speicher {1}, der nicht in der Datei ist</translation>
    </message>
    <message>
        <source>storage {0} is named with different types or sizes</source>
        <translation>Speicher {0} wird mit verschiedenen Typen oder Größen genannt</translation>
    </message>
    <message>
        <source>{0:n} storages ({1:B}) belong to no tensor</source>
        <translation>{0:n} Speicher ({1:B}) gehören keinem Tensor</translation>
    </message>
    <message>
        <source>is not a whole legacy torch file: {0}</source>
        <translation>ist keine ganze alte torch-Datei: {0}</translation>
    </message>
    <message>
        <source>the file ends before its last storage does</source>
        <translation>die Datei endet vor ihrem letzten Speicher</translation>
    </message>
    <message>
        <source>carries the source code of {0:n} classes, which torch compares with yours; it was not run</source>
        <translation>trägt den Quelltext von {0:n} Klassen, den torch mit Ihrem vergleicht; er wurde nicht ausgeführt</translation>
    </message>
    <message>
        <source>is one part of a distributed checkpoint</source>
        <translation>ist ein Teil eines verteilten Checkpoints</translation>
    </message>
    <message>
        <source>Open the folder that it lies in.</source>
        <translation>Öffnen Sie den Ordner, in dem sie liegt.</translation>
    </message>
    <message>
        <source>is an unfinished distributed checkpoint: its .metadata, which is written last, is missing</source>
        <translation>ist ein unfertiger verteilter Checkpoint: Seine .metadata, die zuletzt geschrieben wird, fehlt</translation>
    </message>
    <message>
        <source>The run that saved it was interrupted: use an earlier checkpoint.</source>
        <translation>Der Lauf, der ihn speicherte, wurde unterbrochen: Nehmen Sie einen früheren Checkpoint.</translation>
    </message>
    <message>
        <source>has one .metadata a rank, as PyTorch writes it without collectives; it was not read</source>
        <translation>hat je Rang eine .metadata, wie PyTorch ihn ohne Kollektive schreibt; er wurde nicht gelesen</translation>
    </message>
    <message>
        <source>Save it with collectives on, or load it with PyTorch and save it again.</source>
        <translation>Speichern Sie ihn mit Kollektiven, oder laden Sie ihn mit PyTorch und speichern Sie ihn noch einmal.</translation>
    </message>
    <message>
        <source>is not the metadata of a distributed checkpoint: {0}</source>
        <translation>sind nicht die Metadaten eines verteilten Checkpoints: {0}</translation>
    </message>
    <message>
        <source>places {1:n} items in {0}, which is not a plain file name inside the folder; it was not opened</source>
        <translation>legt {1:n} Stücke in {0}; das ist kein einfacher Dateiname im Ordner, sie wurde nicht geöffnet</translation>
    </message>
    <message>
        <source>No program writes such checkpoints by accident: do not load this one.</source>
        <translation>Kein Programm schreibt solche Checkpoints aus Versehen: Laden Sie diesen nicht.</translation>
    </message>
    <message>
        <source>is named by .metadata for {0:n} items, but cannot be read or is not in the folder</source>
        <translation>wird von .metadata für {0:n} Stücke genannt, lässt sich aber nicht lesen oder ist nicht im Ordner</translation>
    </message>
    <message>
        <source>Copy this file from where the checkpoint was saved.</source>
        <translation>Kopieren Sie diese Datei von dort, wo der Checkpoint gespeichert wurde.</translation>
    </message>
    <message>
        <source>lies in the folder, but .metadata does not name it</source>
        <translation>liegt im Ordner, aber .metadata nennt sie nicht</translation>
    </message>
    <message>
        <source>{0:n} of {1:n} ranks wrote no file; that is so where a rank has nothing to write</source>
        <translation>{0:n} von {1:n} Rängen schrieben keine Datei; das ist so, wo ein Rang nichts zu schreiben hat</translation>
    </message>
    <message>
        <source>{0} is listed, but no file holds it</source>
        <translation>{0} ist aufgeführt, aber keine Datei enthält es</translation>
    </message>
    <message>
        <source>an item of {0:n} bytes reaches over the file&apos;s end</source>
        <translation>ein Stück von {0:n} Bytes reicht über das Ende der Datei</translation>
    </message>
    <message>
        <source>The file is cut short: copy it again.</source>
        <translation>Die Datei ist abgeschnitten: Kopieren Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>an item is stored with {0}, which ckptscope does not undo</source>
        <translation>ein Stück ist mit {0} gespeichert, was ckptscope nicht rückgängig macht</translation>
    </message>
    <message>
        <source>an item cannot be read: {0}</source>
        <translation>ein Stück lässt sich nicht lesen: {0}</translation>
    </message>
    <message>
        <source>chunks of tensor {0} overlap; PyTorch loads them all the same, and the last one wins</source>
        <translation>Stücke von Tensor {0} überlappen; PyTorch lädt sie trotzdem, und das letzte gilt</translation>
    </message>
    <message>
        <source>{1:n} elements of tensor {0} are not stored; PyTorch loads it all the same, with whatever was there before</source>
        <translation>{1:n} Elemente von Tensor {0} sind nicht gespeichert; PyTorch lädt ihn trotzdem, mit dem, was vorher dort war</translation>
    </message>
    <message>
        <source>{0:n} stored items belong to nothing that is listed</source>
        <translation>{0:n} gespeicherte Stücke gehören zu nichts Aufgeführtem</translation>
    </message>
    <message>
        <source>two items share bytes</source>
        <translation>zwei Stücke teilen Bytes</translation>
    </message>
    <message>
        <source>{0:n} bytes follow the last item</source>
        <translation>{0:n} Bytes folgen auf das letzte Stück</translation>
    </message>
    <message>
        <source>tells where it was written: {0}</source>
        <translation>verrät, wo er geschrieben wurde: {0}</translation>
    </message>
    <message>
        <source>DCP_SHARDING_INFO is not the JSON that PyTorch writes</source>
        <translation>DCP_SHARDING_INFO ist nicht das JSON, das PyTorch schreibt</translation>
    </message>
    <message>
        <source>the shard of rank {0:n} of at least {1:n} is missing; what it alone held is not in the list</source>
        <translation>der Shard des Rangs {0:n} von mindestens {1:n} fehlt; was nur er enthielt, ist nicht in der Liste</translation>
    </message>
    <message>
        <source>Copy it from where the checkpoint was saved.</source>
        <translation>Kopieren Sie ihn von dort, wo der Checkpoint gespeichert wurde.</translation>
    </message>
    <message>
        <source>stores no whole shapes: where the last rank&apos;s shard were lost, tensors would only look smaller</source>
        <translation>speichert keine ganzen Formen: Fehlte der Shard des letzten Rangs, so sähen Tensoren nur kleiner aus</translation>
    </message>
    <message>
        <source>there is no profile {0}; profiles are: {1}</source>
        <translation>es gibt kein Profil {0}; Profile sind: {1}</translation>
    </message>
    <message>
        <source>{0} still names NeMo&apos;s fp32 holder; loaders look for {1}</source>
        <translation>{0} nennt noch NeMos fp32-Halter; Programme suchen {1}</translation>
    </message>
    <message>
        <source>{0} still names NeMo&apos;s fp32 holder, and {1} is stored too</source>
        <translation>{0} nennt noch NeMos fp32-Halter, und {1} ist auch gespeichert</translation>
    </message>
    <message>
        <source>Loaders take the second one; find out which is right, then drop the other.</source>
        <translation>Programme nehmen den zweiten; finden Sie heraus, welcher stimmt, und lassen Sie den anderen weg.</translation>
    </message>
    <message>
        <source>no architecture is named; the keys are those of {0}. {1}</source>
        <translation>keine Architektur ist genannt; die Schlüssel sind die von {0}. {1}</translation>
    </message>
    <message>
        <source>If that is wrong, name the right one with --arch.</source>
        <translation>Wenn das falsch ist, nennen Sie die richtige mit --arch.</translation>
    </message>
    <message>
        <source>no architecture is named, and the keys do not tell one; only rules for any architecture were used</source>
        <translation>keine Architektur ist genannt, und die Schlüssel verraten keine; nur Regeln für jede Architektur gelten</translation>
    </message>
    <message>
        <source>Name it with --arch.</source>
        <translation>Nennen Sie sie mit --arch.</translation>
    </message>
    <message>
        <source>names {0}, but the keys are those of {1}; the keys were believed</source>
        <translation>nennt {0}, aber die Schlüssel sind die von {1}; den Schlüsseln wurde geglaubt</translation>
    </message>
    <message>
        <source>If the file is right, say so with --arch {2}.</source>
        <translation>Wenn die Datei recht hat, sagen Sie es mit --arch {2}.</translation>
    </message>
    <message>
        <source>names {0}, which no rule knows; the keys are like those of {1}</source>
        <translation>nennt {0}, das keine Regel kennt; die Schlüssel gleichen denen von {1}</translation>
    </message>
    <message>
        <source>If it is one of these, check again with --arch {2}.</source>
        <translation>Wenn es eines davon ist, prüfen Sie noch einmal mit --arch {2}.</translation>
    </message>
    <message>
        <source>the pickle names {0}, which can run code when it is loaded</source>
        <translation>das Pickle nennt {0}; das kann beim Laden Code ausführen</translation>
    </message>
    <message>
        <source>Do not load this file. ckptscope reads it without running anything: convert it to safetensors if you need its tensors.</source>
        <translation>Laden Sie diese Datei nicht. ckptscope liest sie, ohne etwas auszuführen: Wandeln Sie sie in safetensors um, wenn Sie ihre Tensoren brauchen.</translation>
    </message>
    <message>
        <source>the pickle names {0}, which torch.load(weights_only=True) does not allow</source>
        <translation>das Pickle nennt {0}; torch.load(weights_only=True) erlaubt das nicht</translation>
    </message>
    <message>
        <source>line {0}: is not a rule file: {1}</source>
        <translation>Zeile {0}: ist keine Regeldatei: {1}</translation>
    </message>
    <message>
        <source>line {0}: rule {1} is refused: {2}</source>
        <translation>Zeile {0}: Regel {1} wird abgelehnt: {2}</translation>
    </message>
    <message>
        <source>the index names {0} in this shard, which does not hold it</source>
        <translation>der Index nennt {0} in diesem Shard, der es nicht enthält</translation>
    </message>
    <message>
        <source>{0} is stored, but the index does not name it; loaders read it all the same</source>
        <translation>{0} ist gespeichert, aber der Index nennt es nicht; Programme lesen es trotzdem</translation>
    </message>
    <message>
        <source>the index puts {0} in {1}, but it is stored in {2}</source>
        <translation>der Index legt {0} nach {1}, gespeichert ist es aber in {2}</translation>
    </message>
    <message>
        <source>Loaders find it all the same; `ckptscope fix --advice` repairs the index.</source>
        <translation>Programme finden es trotzdem; `ckptscope fix --advice` repariert den Index.</translation>
    </message>
    <message>
        <source>the index names {0}, which is not stored: config.json ties it to the embedding</source>
        <translation>der Index nennt {0}, das nicht gespeichert ist: config.json bindet es an die Einbettung</translation>
    </message>
    <message>
        <source>{0} is stored in {1:n} files: {2}; transformers takes the one that sorts last, whatever the index says</source>
        <translation>{0} ist in {1:n} Dateien gespeichert: {2}; transformers nimmt die, die zuletzt sortiert, was auch der Index sagt</translation>
    </message>
    <message>
        <source>Compare the two, then drop one.</source>
        <translation>Vergleichen Sie beide, und lassen Sie dann eines weg.</translation>
    </message>
    <message>
        <source>has no &apos;metadata&apos;, without which transformers refuses an index</source>
        <translation>hat kein „metadata“, ohne das transformers einen Index ablehnt</translation>
    </message>
    <message>
        <source>gives no total_size as a whole number</source>
        <translation>gibt total_size nicht als ganze Zahl an</translation>
    </message>
    <message>
        <source>says total_size {0:n}, but the listed tensors have {1:n} bytes</source>
        <translation>sagt total_size {0:n}, aber die aufgeführten Tensoren haben {1:n} Bytes</translation>
    </message>
    <message>
        <source>the names of the shards say that there are {0:n}, but {1:n} are here</source>
        <translation>die Namen der Shards sagen, es gebe {0:n}, hier sind aber {1:n}</translation>
    </message>
    <message>
        <source>Look for a shard that was not copied, or one left over from an earlier save.</source>
        <translation>Suchen Sie nach einem Shard, der nicht kopiert wurde, oder einem, der von früher übrig ist.</translation>
    </message>
    <message>
        <source>its name says that it is shard {0:n} of {1:n}</source>
        <translation>nach seinem Namen ist es Shard {0:n} von {1:n}</translation>
    </message>
    <message>
        <source>Look for a shard that was renamed, or one left over from an earlier save.</source>
        <translation>Suchen Sie nach einem Shard, der umbenannt wurde, oder einem, der von früher übrig ist.</translation>
    </message>
    <message>
        <source>lies beside {0}, which is the index that was used</source>
        <translation>liegt neben {0}; jener Index wurde verwendet</translation>
    </message>
    <message>
        <source>Usually left over from an earlier save.</source>
        <translation>Meist von einem früheren Speichern übrig.</translation>
    </message>
    <message>
        <source>stands beside the index {0}: transformers loads this file alone, other loaders take the shards that the index names</source>
        <translation>steht neben dem Index {0}: transformers lädt nur diese Datei, andere Programme nehmen die Shards, die der Index nennt</translation>
    </message>
    <message>
        <source>Keep one of the two.</source>
        <translation>Behalten Sie eines von beiden.</translation>
    </message>
    <message>
        <source>{0:n} shards lie here without an index; transformers does not find them</source>
        <translation>{0:n} Shards liegen hier ohne Index; transformers findet sie nicht</translation>
    </message>
    <message>
        <source>lies beside the Hugging Face files; vLLM takes this one, transformers the others</source>
        <translation>liegt neben den Hugging-Face-Dateien; vLLM nimmt diese, transformers die anderen</translation>
    </message>
    <message>
        <source>lies beside the Hugging Face files, and differs: {0:n} tensors ({1:B}) against {2:n} ({3:B}); vLLM takes this one, transformers the others</source>
        <translation>liegt neben den Hugging-Face-Dateien und weicht ab: {0:n} Tensoren ({1:B}) gegen {2:n} ({3:B}); vLLM nimmt diese, transformers die anderen</translation>
    </message>
    <message>
        <source>weights of another kind lie beside the checkpoint and were not read: {0}</source>
        <translation>Gewichte anderer Art liegen neben dem Checkpoint und wurden nicht gelesen: {0}</translation>
    </message>
    <message>
        <source>__metadata__ has no &apos;format&apos; ({0:n} of {1:n} files); older transformers refuse such a file</source>
        <translation>__metadata__ hat kein „format“ ({0:n} von {1:n} Dateien); ältere transformers lehnen eine solche Datei ab</translation>
    </message>
    <message>
        <source>__metadata__ says format {0}, other shards say {1}</source>
        <translation>__metadata__ nennt das Format {0}, andere Shards {1}</translation>
    </message>
    <message>
        <source>{0} is {1}: {3:n} of {4:n} tensors of its role; the others are {2}</source>
        <translation>{0} ist {1}: {3:n} von {4:n} Tensoren seiner Rolle; die anderen sind {2}</translation>
    </message>
    <message>
        <source>{0} is not stored for {1} of {2}; {3:n} others have it</source>
        <translation>{0} ist für {1} von {2} nicht gespeichert; {3:n} andere haben es</translation>
    </message>
    <message>
        <source>of {1} the numbers {0} are missing</source>
        <translation>von {1} fehlen die Nummern {0}</translation>
    </message>
    <message>
        <source>config.json says {0:n} layers, but {2} has {1:n}</source>
        <translation>config.json sagt {0:n} Schichten, aber {2} hat {1:n}</translation>
    </message>
    <message>
        <source>{0} has the shape {1}; with config.json&apos;s {2} it would be {3} ({4:n} of {5:n} tensors of its role)</source>
        <translation>{0} hat die Form {1}; mit {2} aus config.json wäre sie {3} ({4:n} von {5:n} Tensoren seiner Rolle)</translation>
    </message>
    <message>
        <source>{0} has the shape {1}; config.json says vocab_size {2:n} and hidden_size {3:n}</source>
        <translation>{0} hat die Form {1}; config.json sagt vocab_size {2:n} und hidden_size {3:n}</translation>
    </message>
    <message>
        <source>config.json ties the embeddings, but {0} ({1}, {2}) cannot be {3} ({4}, {5})</source>
        <translation>config.json bindet die Einbettungen aneinander, aber {0} ({1}, {2}) kann nicht {3} ({4}, {5}) sein</translation>
    </message>
    <message>
        <source>{0} is stored ({2:B}) although config.json ties it to {1}; loaders may ignore it</source>
        <translation>{0} ist gespeichert ({2:B}), obwohl config.json es an {1} bindet; Programme übergehen es vielleicht</translation>
    </message>
    <message>
        <source>config.json says that embeddings are not tied, but {0} is not stored</source>
        <translation>config.json sagt, die Einbettungen seien nicht gebunden, aber {0} ist nicht gespeichert</translation>
    </message>
    <message>
        <source>{0:n} rotary tables are stored, the first is {1}; loaders compute their own</source>
        <translation>{0:n} Rotationstabellen sind gespeichert, die erste ist {1}; Programme berechnen ihre eigenen</translation>
    </message>
    <message>
        <source>{0} is stored as {1}; converters keep it in F32, and kernels ask for it ({2:n} of {3:n} tensors of its role)</source>
        <translation>{0} ist als {1} gespeichert; Konverter halten es in F32, und Kernel verlangen das ({2:n} von {3:n} Tensoren seiner Rolle)</translation>
    </message>
    <message>
        <source>{0} is stored as {1}, but no scale stands beside it ({2:n} of {3:n} tensors of its role)</source>
        <translation>{0} ist als {1} gespeichert, aber keine Skala steht daneben ({2:n} von {3:n} Tensoren seiner Rolle)</translation>
    </message>
    <message>
        <source>{0} is one part of a quantised weight, but {1} is missing ({2:n} of {3:n} tensors of its role)</source>
        <translation>{0} ist ein Teil eines quantisierten Gewichts, aber {1} fehlt ({2:n} von {3:n} Tensoren seiner Rolle)</translation>
    </message>
    <message>
        <source>{0} has the shape {1}; for {2} of shape {3} it must have {4} ({5:n} of {6:n} tensors of its role)</source>
        <translation>{0} hat die Form {1}; für {2} der Form {3} muss sie {4} sein ({5:n} von {6:n} Tensoren seiner Rolle)</translation>
    </message>
    <message>
        <source>the checkpoint is damaged: a whole one cannot be written from it</source>
        <translation>der Checkpoint ist beschädigt: Ein ganzer kann daraus nicht geschrieben werden</translation>
    </message>
    <message>
        <source>Mend what `ckptscope check` calls an error first.</source>
        <translation>Beheben Sie zuerst, was `ckptscope check` einen Fehler nennt.</translation>
    </message>
    <message>
        <source>a {0} checkpoint cannot be repaired as it is</source>
        <translation>ein Checkpoint vom Format {0} lässt sich nicht reparieren, wie er ist</translation>
    </message>
    <message>
        <source>Use `ckptscope convert --to safetensors --fix`.</source>
        <translation>Verwenden Sie `ckptscope convert --to safetensors --fix`.</translation>
    </message>
    <message>
        <source>exists already</source>
        <translation>existiert schon</translation>
    </message>
    <message>
        <source>Choose another name, or --force to replace it once the new one is complete.</source>
        <translation>Wählen Sie einen anderen Namen, oder --force, um es zu ersetzen, sobald das neue vollständig ist.</translation>
    </message>
    <message>
        <source>is the source itself</source>
        <translation>ist die Quelle selbst</translation>
    </message>
    <message>
        <source>Choose another place; the source is never overwritten unless --in-place is given.</source>
        <translation>Wählen Sie einen anderen Ort; die Quelle wird nie überschrieben, außer mit --in-place.</translation>
    </message>
    <message>
        <source>lies inside the source, or holds it</source>
        <translation>liegt in der Quelle oder enthält sie</translation>
    </message>
    <message>
        <source>Choose a place beside the source.</source>
        <translation>Wählen Sie einen Ort neben der Quelle.</translation>
    </message>
    <message>
        <source>cannot be written: its folder {0} does not exist or is not writable</source>
        <translation>lässt sich nicht schreiben: Der Ordner {0} existiert nicht oder ist nicht beschreibbar</translation>
    </message>
    <message>
        <source>has {0:B} free; {1:B} are needed</source>
        <translation>hat {0:B} frei; {1:B} werden gebraucht</translation>
    </message>
    <message>
        <source>Nothing was written. Free space or choose another folder.</source>
        <translation>Nichts wurde geschrieben. Schaffen Sie Platz, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>what was read back differs from what was written</source>
        <translation>was zurückgelesen wurde, weicht von dem ab, was geschrieben wurde</translation>
    </message>
    <message>
        <source>The disk or the memory of this machine may be failing; the output was discarded.</source>
        <translation>Die Platte oder der Speicher dieses Rechners versagt vielleicht; das Ergebnis wurde verworfen.</translation>
    </message>
    <message>
        <source>blocks cannot be shared here ({0})</source>
        <translation>Blöcke lassen sich hier nicht teilen ({0})</translation>
    </message>
    <message>
        <source>Use --link auto.</source>
        <translation>Verwenden Sie --link auto.</translation>
    </message>
    <message>
        <source>{0} matches no tensor, rule or edit</source>
        <translation>{0} passt zu keinem Tensor, keiner Regel und keiner Änderung</translation>
    </message>
    <message>
        <source>two edits of {0} contradict each other: {1}</source>
        <translation>zwei Änderungen von {0} widersprechen sich: {1}</translation>
    </message>
    <message>
        <source>is being written by another run of ckptscope</source>
        <translation>wird gerade von einem anderen ckptscope geschrieben</translation>
    </message>
    <message>
        <source>Wait until that one is done, or choose another name.</source>
        <translation>Warten Sie, bis jenes fertig ist, oder wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>is repaired by writing safetensors, which cannot take its place</source>
        <translation>wird repariert, indem safetensors geschrieben wird; das kann nicht an seine Stelle treten</translation>
    </message>
    <message>
        <source>Give -o OUT, or --to torch to keep the format.</source>
        <translation>Geben Sie -o OUT an, oder --to torch, um das Format zu behalten.</translation>
    </message>
    <message>
        <source>{0} cannot be written by --to torch: {1}</source>
        <translation>{0} lässt sich mit --to torch nicht schreiben: {1}</translation>
    </message>
    <message>
        <source>Without --to torch the repaired checkpoint is written as safetensors.</source>
        <translation>Ohne --to torch wird der reparierte Checkpoint als safetensors geschrieben.</translation>
    </message>
    <message>
        <source>there is no cast from {0} to {1}</source>
        <translation>es gibt keine Umwandlung von {0} in {1}</translation>
    </message>
    <message>
        <source>no tensor is left that could be written</source>
        <translation>es bleibt kein Tensor, der geschrieben werden könnte</translation>
    </message>
    <message>
        <source>{1:n} tensors cannot be written to this format; the first is {0}: {2}</source>
        <translation>{1:n} Tensoren lassen sich in diesem Format nicht schreiben; der erste ist {0}: {2}</translation>
    </message>
    <message>
        <source>Nothing was written. Leave them out with --drop, or keep what you need with --only.</source>
        <translation>Nichts wurde geschrieben. Lassen Sie sie mit --drop weg, oder behalten Sie mit --only, was Sie brauchen.</translation>
    </message>
    <message>
        <source>{1:n} tensors are stored in quantised blocks, which safetensors does not have; the first is {0} ({2})</source>
        <translation>{1:n} Tensoren sind in quantisierten Blöcken gespeichert, die safetensors nicht kennt; der erste ist {0} ({2})</translation>
    </message>
    <message>
        <source>Nothing was written. --dequantize F16 (or BF16, F32) writes their values as floats: a larger file, and no better than the blocks.</source>
        <translation>Nichts wurde geschrieben. --dequantize F16 (oder BF16, F32) schreibt ihre Werte als Gleitkommazahlen: eine größere Datei, und nicht besser als die Blöcke.</translation>
    </message>
    <message>
        <source>{0} would be named {1}, which safetensors cannot hold</source>
        <translation>{0} hieße dann {1}; das kann safetensors nicht enthalten</translation>
    </message>
    <message>
        <source>{0} and {1} would both be named {2}</source>
        <translation>{0} und {1} hießen dann beide {2}</translation>
    </message>
    <message>
        <source>Strip less, or drop one of them.</source>
        <translation>Nehmen Sie weniger weg, oder lassen Sie eines aus.</translation>
    </message>
    <message>
        <source>of this trainer&apos;s checkpoint only the part {0} is written (tensors: {1:n}; left out: {2:n})</source>
        <translation>von diesem Trainer-Checkpoint wird nur der Teil {0} geschrieben (Tensoren: {1:n}; ausgelassen: {2:n})</translation>
    </message>
    <message>
        <source>--keep-names writes everything, --only what you name.</source>
        <translation>--keep-names schreibt alles, --only, was Sie nennen.</translation>
    </message>
    <message>
        <source>{1:n} tensors that belong to the trainer ({0} ...) are left out</source>
        <translation>{1:n} Tensoren, die dem Trainer gehören ({0} ...), werden ausgelassen</translation>
    </message>
    <message>
        <source>{0} is taken off (names: {1:n})</source>
        <translation>{0} wird weggenommen (Namen: {1:n})</translation>
    </message>
    <message>
        <source>{0:n} tensors are others under a second name and are written once: {1} is {2}</source>
        <translation>{0:n} Tensoren sind andere unter einem zweiten Namen und werden einmal geschrieben: {1} ist {2}</translation>
    </message>
    <message>
        <source>{0} shares its elements with another tensor, but config.json says that it is not tied: both are written</source>
        <translation>{0} teilt seine Elemente mit einem anderen Tensor, aber config.json sagt, es sei nicht gebunden: Beide werden geschrieben</translation>
    </message>
    <message>
        <source>the quantised blocks of {0:n} tensors are written as {1}: their values, no better than before</source>
        <translation>die quantisierten Blöcke von {0:n} Tensoren werden als {1} geschrieben: ihre Werte, nicht besser als zuvor</translation>
    </message>
    <message>
        <source>names stay as GGUF has them ({0}); transformers looks for others</source>
        <translation>Namen bleiben, wie GGUF sie hat ({0}); transformers sucht andere</translation>
    </message>
    <message>
        <source>{0} holds safetensors, whatever its name says</source>
        <translation>{0} enthält safetensors, was auch sein Name sagt</translation>
    </message>
    <message>
        <source>--to torch keeps the format.</source>
        <translation>--to torch behält das Format.</translation>
    </message>
    <message>
        <source>no config.json lies beside the source: add one before transformers can load the result</source>
        <translation>neben der Quelle liegt keine config.json: Fügen Sie eine hinzu, bevor transformers das Ergebnis laden kann</translation>
    </message>
    <message>
        <source>what is no tensor has no place in the result: {0:n} ({1} ...)</source>
        <translation>was kein Tensor ist, hat im Ergebnis keinen Platz: {0:n} ({1} ...)</translation>
    </message>
    <message>
        <source>the elements of {0} cannot be read: {1}</source>
        <translation>die Elemente von {0} lassen sich nicht lesen: {1}</translation>
    </message>
    <message>
        <source>the elements of {0} do not lie where the file says</source>
        <translation>die Elemente von {0} liegen nicht, wo die Datei sagt</translation>
    </message>
    <message>
        <source>the compressed elements break off after {0:n} decoded bytes</source>
        <translation>die komprimierten Elemente brechen nach {0:n} entpackten Bytes ab</translation>
    </message>
    <message>
        <source>unknown field &apos;{0}&apos;</source>
        <translation>unbekanntes Feld „{0}“</translation>
    </message>
    <message>
        <source>&apos;{0}&apos; is not a value of {1}</source>
        <translation>„{0}“ ist kein Wert von {1}</translation>
    </message>
    <message>
        <source>a quotation mark is not closed</source>
        <translation>ein Anführungszeichen wird nicht geschlossen</translation>
    </message>
    <message>
        <source>the regular expression has no closing /</source>
        <translation>dem regulären Ausdruck fehlt das schließende /</translation>
    </message>
    <message>
        <source>Quote the word to search keys for a slash.</source>
        <translation>Setzen Sie das Wort in Anführungszeichen, um Schlüssel nach einem Schrägstrich zu durchsuchen.</translation>
    </message>
    <message>
        <source>the regular expression is not understood: {0}</source>
        <translation>der reguläre Ausdruck wird nicht verstanden: {0}</translation>
    </message>
    <message>
        <source>a parenthesis is not closed</source>
        <translation>eine Klammer wird nicht geschlossen</translation>
    </message>
    <message>
        <source>there is no open parenthesis that &apos;)&apos; could close</source>
        <translation>es gibt keine offene Klammer, die „)“ schließen könnte</translation>
    </message>
    <message>
        <source>there is nothing between the parentheses</source>
        <translation>zwischen den Klammern steht nichts</translation>
    </message>
    <message>
        <source>OR needs something on both sides</source>
        <translation>OR braucht auf beiden Seiten etwas</translation>
    </message>
    <message>
        <source>Quote the word to search keys for it.</source>
        <translation>Setzen Sie das Wort in Anführungszeichen, um Schlüssel danach zu durchsuchen.</translation>
    </message>
    <message>
        <source>&apos;-&apos; needs something right behind it to leave out</source>
        <translation>„-“ braucht direkt dahinter etwas, das wegzulassen ist</translation>
    </message>
    <message>
        <source>{0} needs a value</source>
        <translation>{0} braucht einen Wert</translation>
    </message>
    <message>
        <source>{0} has no order: write {0}:VALUE</source>
        <translation>{0} hat keine Ordnung: Schreiben Sie {0}:WERT</translation>
    </message>
    <message>
        <source>&apos;{0}&apos; needs a field right in front of it, as in size&gt;1MiB</source>
        <translation>„{0}“ braucht direkt davor ein Feld, wie in size&gt;1MiB</translation>
    </message>
    <message>
        <source>the expression has {0:B}, over the limit of {1:B}</source>
        <translation>der Ausdruck hat {0:B}, über der Grenze von {1:B}</translation>
    </message>
    <message>
        <source>parentheses nest deeper than {0:n}</source>
        <translation>Klammern schachteln tiefer als {0:n}</translation>
    </message>
    <message>
        <source>&apos;{0}&apos; needs a scan of the values</source>
        <translation>„{0}“ braucht gelesene Werte</translation>
    </message>
    <message>
        <source>&apos;{0}&apos; needs a second checkpoint to compare with</source>
        <translation>„{0}“ braucht einen zweiten Checkpoint zum Vergleich</translation>
    </message>
    <message>
        <source>is GGUF version {0:n}; ckptscope reads versions 2 and 3</source>
        <translation>ist GGUF-Version {0:n}; ckptscope liest die Versionen 2 und 3</translation>
    </message>
    <message>
        <source>Convert the original checkpoint again with a current llama.cpp.</source>
        <translation>Wandeln Sie den ursprünglichen Checkpoint noch einmal mit einem aktuellen llama.cpp um.</translation>
    </message>
    <message>
        <source>the header ends before {0}</source>
        <translation>der Kopf endet vor {0}</translation>
    </message>
    <message>
        <source>claims to hold {0:n} {1}, but its {2:n} remaining bytes have no room for them</source>
        <translation>will {0:n} {1} enthalten, aber für sie ist in den restlichen {2:n} Bytes kein Platz</translation>
    </message>
    <message>
        <source>{0} is said to have {1:n} bytes, but only {2:n} follow</source>
        <translation>{0} soll {1:n} Bytes haben, aber nur {2:n} folgen</translation>
    </message>
    <message>
        <source>a metadata key is empty</source>
        <translation>ein Schlüssel der Metadaten ist leer</translation>
    </message>
    <message>
        <source>the metadata key {0} stands there twice; readers differ on which one counts</source>
        <translation>der Metadatenschlüssel {0} steht zweimal da; Programme sind sich uneins, welcher gilt</translation>
    </message>
    <message>
        <source>the value of {0} has type {1}, which GGUF does not know; what follows cannot be found</source>
        <translation>der Wert von {0} hat den Typ {1}, den GGUF nicht kennt; was folgt, lässt sich nicht finden</translation>
    </message>
    <message>
        <source>the value of {0} claims {1:n} elements of type {2}, but only {3:n} bytes follow</source>
        <translation>der Wert von {0} will {1:n} Elemente vom Typ {2} haben, aber nur {3:n} Bytes folgen</translation>
    </message>
    <message>
        <source>the value of {0} nests arrays too deep</source>
        <translation>der Wert von {0} schachtelt Felder zu tief</translation>
    </message>
    <message>
        <source>the value of {0} is a bool stored as {1:n}; ggml takes it for true</source>
        <translation>der Wert von {0} ist ein Bool, gespeichert als {1:n}; ggml nimmt ihn für wahr</translation>
    </message>
    <message>
        <source>general.alignment is {0}; it must be a power of two of type u32, at most {1:n}</source>
        <translation>general.alignment ist {0}; es muss eine Zweierpotenz vom Typ u32 sein, höchstens {1:n}</translation>
    </message>
    <message>
        <source>is a big-endian file; llama.cpp reads it only on big-endian machines</source>
        <translation>ist eine Big-Endian-Datei; llama.cpp liest sie nur auf Big-Endian-Rechnern</translation>
    </message>
    <message>
        <source>tensor {0} has a name of {1:n} bytes; GGUF allows {2:n}</source>
        <translation>Tensor {0} hat einen Namen von {1:n} Bytes; GGUF erlaubt {2:n}</translation>
    </message>
    <message>
        <source>tensor {0} has a name with control characters; ggml cuts it at the first NUL</source>
        <translation>Tensor {0} hat einen Namen mit Steuerzeichen; ggml schneidet ihn beim ersten NUL ab</translation>
    </message>
    <message>
        <source>tensor {0} is listed twice</source>
        <translation>Tensor {0} ist zweimal aufgeführt</translation>
    </message>
    <message>
        <source>tensor {0} has {1:n} dimensions; GGUF allows {2:n}</source>
        <translation>Tensor {0} hat {1:n} Dimensionen; GGUF erlaubt {2:n}</translation>
    </message>
    <message>
        <source>tensor {0} has the dimension {1}</source>
        <translation>Tensor {0} hat die Dimension {1}</translation>
    </message>
    <message>
        <source>the shape of tensor {0} gives more elements or bytes than 63 bits can count</source>
        <translation>die Form von Tensor {0} ergibt mehr Elemente oder Bytes, als 63 Bits zählen können</translation>
    </message>
    <message>
        <source>tensor {0} has rows of {1:n} elements, which do not fill blocks of {2:n} ({3})</source>
        <translation>Tensor {0} hat Zeilen von {1:n} Elementen, die Blöcke von {2:n} ({3}) nicht füllen</translation>
    </message>
    <message>
        <source>tensor {0} has ggml type {1}, which ckptscope does not know</source>
        <translation>Tensor {0} hat den ggml-Typ {1}, den ckptscope nicht kennt</translation>
    </message>
    <message>
        <source>A newer or forked llama.cpp may have written it.</source>
        <translation>Vielleicht hat ihn ein neueres oder abgezweigtes llama.cpp geschrieben.</translation>
    </message>
    <message>
        <source>tensor {0} has type {1}, which ggml no longer reads</source>
        <translation>Tensor {0} hat den Typ {1}, den ggml nicht mehr liest</translation>
    </message>
    <message>
        <source>tensor {0} starts at byte {1:n} of the data, which is no multiple of the alignment {2:n}</source>
        <translation>Tensor {0} beginnt bei Byte {1:n} der Daten; das ist kein Vielfaches der Ausrichtung {2:n}</translation>
    </message>
    <message>
        <source>tensor {0} starts at byte {1:n} of the data instead of {2:n}; ggml refuses such a file</source>
        <translation>Tensor {0} beginnt bei Byte {1:n} der Daten statt bei {2:n}; ggml lehnt eine solche Datei ab</translation>
    </message>
    <message>
        <source>the data of tensor {0} end {1:n} bytes behind the end of the file</source>
        <translation>die Daten von Tensor {0} enden {1:n} Bytes hinter dem Ende der Datei</translation>
    </message>
    <message>
        <source>part {0:n} of {1:n} is missing</source>
        <translation>Teil {0:n} von {1:n} fehlt</translation>
    </message>
    <message>
        <source>Fetch this file, then open the checkpoint again.</source>
        <translation>Holen Sie diese Datei, und öffnen Sie den Checkpoint dann noch einmal.</translation>
    </message>
    <message>
        <source>is named part {0:n}, but its split.no says part {1:n}</source>
        <translation>heißt Teil {0:n}, aber sein split.no sagt Teil {1:n}</translation>
    </message>
    <message>
        <source>says that the checkpoint has {0:n} parts, its name says {1:n}</source>
        <translation>sagt, der Checkpoint habe {0:n} Teile, sein Name sagt {1:n}</translation>
    </message>
    <message>
        <source>the parts hold {0:n} tensors; split.tensors.count says {1:n}</source>
        <translation>die Teile enthalten {0:n} Tensoren; split.tensors.count sagt {1:n}</translation>
    </message>
    <message>
        <source>tensor {0} is also in {1}</source>
        <translation>Tensor {0} ist auch in {1}</translation>
    </message>
    <message>
        <source>is .npy version {0}; ckptscope reads 1.0, 2.0 and 3.0</source>
        <translation>ist .npy-Version {0}; ckptscope liest 1.0, 2.0 und 3.0</translation>
    </message>
    <message>
        <source>Usually an interrupted copy: fetch it again.</source>
        <translation>Meist ein abgebrochenes Kopieren: Holen Sie sie noch einmal.</translation>
    </message>
    <message>
        <source>the header is not as NumPy writes it: {0}</source>
        <translation>der Kopf ist nicht, wie NumPy ihn schreibt: {0}</translation>
    </message>
    <message>
        <source>the header has {0:n} bytes; NumPy reads more than 10,000 only with allow_pickle</source>
        <translation>der Kopf hat {0:n} Bytes; NumPy liest mehr als 10.000 nur mit allow_pickle</translation>
    </message>
    <message>
        <source>holds Python objects as a pickle; they are never loaded</source>
        <translation>enthält Python-Objekte als Pickle; sie werden nie geladen</translation>
    </message>
    <message>
        <source>the shape gives more elements or bytes than 64 bits can count</source>
        <translation>die Form ergibt mehr Elemente oder Bytes, als 64 Bits zählen können</translation>
    </message>
    <message>
        <source>the data end {0:n} bytes early: {1:n} are needed, {2:n} are there</source>
        <translation>die Daten enden {0:n} Bytes zu früh: {1:n} werden gebraucht, {2:n} sind da</translation>
    </message>
    <message>
        <source>{0:n} bytes follow the array; NumPy may have saved several arrays in one file</source>
        <translation>{0:n} Bytes folgen auf das Array; NumPy hat vielleicht mehrere Arrays in eine Datei gespeichert</translation>
    </message>
    <message>
        <source>the member {0} cannot be read: {1}</source>
        <translation>das Mitglied {0} lässt sich nicht lesen: {1}</translation>
    </message>
    <message>
        <source>the member {0} is no .npy array</source>
        <translation>das Mitglied {0} ist kein .npy-Array</translation>
    </message>
    <message>
        <source>holds only zeros ({0:n} values)</source>
        <translation>enthält nur Nullen ({0:n} Werte)</translation>
    </message>
    <message>
        <source>holds one value only: {0} ({1:n} times)</source>
        <translation>enthält nur einen Wert: {0} ({1:n}-mal)</translation>
    </message>
    <message>
        <source>{0:n} of {1:n} values are subnormal: too small for full precision, and flushed to zero by some kernels</source>
        <translation>{0:n} von {1:n} Werten sind subnormal: zu klein für volle Genauigkeit, und manche Kernel machen null daraus</translation>
    </message>
    <message>
        <source>is stored as {0}, but every value is exactly a {1} number: its precision was lost before this file was written</source>
        <translation>ist als {0} gespeichert, aber jeder Wert ist genau eine {1}-Zahl: Seine Genauigkeit ging verloren, bevor diese Datei geschrieben wurde</translation>
    </message>
    <message>
        <source>A donor that still holds the full precision can restore it; a cast cannot.</source>
        <translation>Ein Spender, der noch die volle Genauigkeit hat, kann sie wiederherstellen; eine Umwandlung nicht.</translation>
    </message>
    <message>
        <source>is stored as {0}, but every value is exactly a {1} number: rounding moved each by up to {2} before this file was written</source>
        <translation>ist als {0} gespeichert, aber jeder Wert ist genau eine {1}-Zahl: Runden verschob jeden um bis zu {2}, bevor diese Datei geschrieben wurde</translation>
    </message>
    <message>
        <source>holds values from {0} to {1}; those of a trained {4} lie between {2} and {3}</source>
        <translation>enthält Werte von {0} bis {1}; die eines trainierten {4} liegen zwischen {2} und {3}</translation>
    </message>
    <message>
        <source>Half-lives that follow from such values are not plausible.</source>
        <translation>Die Halbwertszeiten, die aus solchen Werten folgen, sind nicht glaubhaft.</translation>
    </message>
    <message>
        <source>{0:n} of {1:n} bytes are neither 0 nor 1</source>
        <translation>{0:n} von {1:n} Bytes sind weder 0 noch 1</translation>
    </message>
    <message>
        <source>holds the very bytes of {0}; {1:n} tensors ({2:B}) are copies of others</source>
        <translation>enthält genau die Bytes von {0}; {1:n} Tensoren ({2:B}) sind Kopien anderer</translation>
    </message>
    <message>
        <source>its values cannot be read: {0}</source>
        <translation>seine Werte lassen sich nicht lesen: {0}</translation>
    </message>
    <message>
        <source>the donor has no tensor that matches {0}</source>
        <translation>der Spender hat keinen Tensor, der zu {0} passt</translation>
    </message>
    <message>
        <source>{0} has shape {1} in the donor, {2} here</source>
        <translation>{0} hat im Spender die Form {1}, hier {2}</translation>
    </message>
    <message>
        <source>{0} is {1} in the donor, which is no wider float than {2} here</source>
        <translation>{0} ist im Spender {1}; das ist kein weiterer Gleitkommatyp als {2} hier</translation>
    </message>
    <message>
        <source>{0} cannot be read in the donor: {1}</source>
        <translation>{0} lässt sich im Spender nicht lesen: {1}</translation>
    </message>
    <message>
        <source>{0}: the donor holds another value at {1}: {2}, which rounds to {3}; here it is {4} ({5:n} of {6:n} values disagree)</source>
        <translation>{0}: Der Spender hat bei {1} einen anderen Wert: {2}, was auf {3} rundet; hier ist es {4} ({5:n} von {6:n} Werten weichen ab)</translation>
    </message>
    <message>
        <source>The donor is another model or another training step.</source>
        <translation>Der Spender ist ein anderes Modell oder ein anderer Trainingsschritt.</translation>
    </message>
    <message>
        <source>{0} is no better in the donor: every value is exactly a {1} number</source>
        <translation>{0} ist im Spender nicht besser: Jeder Wert ist genau eine {1}-Zahl</translation>
    </message>
    <message>
        <source>Look for an older checkpoint.</source>
        <translation>Suchen Sie einen älteren Checkpoint.</translation>
    </message>
    <message>
        <source>__metadata__ has no {0} that could be removed</source>
        <translation>__metadata__ hat kein {0}, das entfernt werden könnte</translation>
    </message>
    <message>
        <source>{0} cannot be written as safetensors: {1}</source>
        <translation>{0} lässt sich nicht als safetensors schreiben: {1}</translation>
    </message>
    <message>
        <source>Nothing was written.</source>
        <translation>Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>two of the tensors are named {0}; a file holds a name once</source>
        <translation>zwei der Tensoren heißen {0}; eine Datei enthält einen Namen einmal</translation>
    </message>
    <message>
        <source>Nothing was written. Export them one by one.</source>
        <translation>Nichts wurde geschrieben. Exportieren Sie sie einzeln.</translation>
    </message>
    <message>
        <source>an .npy file holds one tensor, not {0:n}</source>
        <translation>eine .npy-Datei enthält einen Tensor, nicht {0:n}</translation>
    </message>
    <message>
        <source>A .safetensors file holds any number.</source>
        <translation>Eine .safetensors-Datei enthält beliebig viele.</translation>
    </message>
    <message>
        <source>NumPy has no {0}: written as {1}, which holds each value</source>
        <translation>NumPy kennt kein {0}: als {1} geschrieben, das jeden Wert fasst</translation>
    </message>
    <message>
        <source>is no plan that can be carried out: {0}</source>
        <translation>ist kein Plan, der sich ausführen lässt: {0}</translation>
    </message>
    <message>
        <source>Make it anew with --plan.</source>
        <translation>Erstellen Sie ihn mit --plan neu.</translation>
    </message>
    <message>
        <source>is no longer what it was when the plan was made: {0}</source>
        <translation>ist nicht mehr, was es war, als der Plan erstellt wurde: {0}</translation>
    </message>
    <message>
        <source>Make the plan anew, from the source as it is now.</source>
        <translation>Erstellen Sie den Plan neu, aus der Quelle, wie sie jetzt ist.</translation>
    </message>
    <message>
        <source>a plan that is saved writes a copy: --in-place and --plan exclude each other</source>
        <translation>ein gespeicherter Plan schreibt eine Kopie: --in-place und --plan schließen einander aus</translation>
    </message>
    <message>
        <source>Give -o OUT.</source>
        <translation>Geben Sie -o OUT an.</translation>
    </message>
    <message>
        <source>is there, but is no partial output of a saved plan</source>
        <translation>ist da, ist aber keine Teilausgabe eines gespeicherten Plans</translation>
    </message>
    <message>
        <source>Remove it, or make the plan anew.</source>
        <translation>Entfernen Sie es, oder erstellen Sie den Plan neu.</translation>
    </message>
    <message>
        <source>belongs to another plan, or to this one before it was changed</source>
        <translation>gehört zu einem anderen Plan, oder zu diesem, bevor er geändert wurde</translation>
    </message>
    <message>
        <source>`ckptscope finish --plan FILE --discard`, with the plan that it belongs to, removes it; or make a new plan.</source>
        <translation>`ckptscope finish --plan FILE --discard` mit dem Plan, zu dem es gehört, entfernt es; oder erstellen Sie einen neuen Plan.</translation>
    </message>
    <message>
        <source>was begun in {0:n} parts, not in {1:n}</source>
        <translation>wurde in {0:n} Teilen begonnen, nicht in {1:n}</translation>
    </message>
    <message>
        <source>Go on with the same number of parts, or begin anew with `ckptscope finish --plan FILE --discard`.</source>
        <translation>Fahren Sie mit derselben Zahl von Teilen fort, oder beginnen Sie mit `ckptscope finish --plan FILE --discard` von vorn.</translation>
    </message>
    <message>
        <source>part {0} of {1} is being written by another process</source>
        <translation>Teil {0} von {1} wird gerade von einem anderen Prozess geschrieben</translation>
    </message>
    <message>
        <source>Wait until that one is done.</source>
        <translation>Warten Sie, bis jener fertig ist.</translation>
    </message>
    <message>
        <source>not all of the plan has been carried out: {0}</source>
        <translation>der Plan ist noch nicht ganz ausgeführt: {0}</translation>
    </message>
    <message>
        <source>Run `ckptscope apply` for what is missing, then finish again.</source>
        <translation>Führen Sie `ckptscope apply` für das Fehlende aus, dann noch einmal finish.</translation>
    </message>
    <message>
        <source>is not what the receipt of part {0} says: {1}</source>
        <translation>ist nicht, was der Beleg von Teil {0} sagt: {1}</translation>
    </message>
    <message>
        <source>Run that part again with `ckptscope apply`; its receipt is void.</source>
        <translation>Führen Sie diesen Teil mit `ckptscope apply` noch einmal aus; sein Beleg gilt nicht.</translation>
    </message>
    <message>
        <source>lies in the partial output, but the plan does not write it</source>
        <translation>liegt in der Teilausgabe, aber der Plan schreibt es nicht</translation>
    </message>
    <message>
        <source>Remove it, then finish again.</source>
        <translation>Entfernen Sie es, dann noch einmal finish.</translation>
    </message>
    <message>
        <source>is no part of a scan of this checkpoint: {0}</source>
        <translation>ist kein Teil einer Prüfung dieses Checkpoints: {0}</translation>
    </message>
    <message>
        <source>Scan that part again with `ckptscope check --values --part`.</source>
        <translation>Prüfen Sie diesen Teil noch einmal mit `ckptscope check --values --part`.</translation>
    </message>
    <message>
        <source>the scan is not complete: {0}</source>
        <translation>die Prüfung ist nicht vollständig: {0}</translation>
    </message>
    <message>
        <source>Scan what is missing with `ckptscope check --values --part`.</source>
        <translation>Prüfen Sie das Fehlende mit `ckptscope check --values --part`.</translation>
    </message>
    <message>
        <source>holds no checkpoint itself, but weights lie in its folders: {0}</source>
        <translation>enthält selbst keinen Checkpoint, aber in Ordnern darin liegen Gewichte: {0}</translation>
    </message>
    <message>
        <source>no architecture is named; the model_type {0} is that of {1}</source>
        <translation>keine Architektur ist genannt; der model_type {0} ist der von {1}</translation>
    </message>
    <message>
        <source>names {0}, the class that FSDP made of {1}; judged as {1}</source>
        <translation>nennt {0}, die Klasse, die FSDP aus {1} gemacht hat; beurteilt als {1}</translation>
    </message>
    <message>
        <source>Loaders that look the class up by this name do not find it: write the name without FSDP.</source>
        <translation>Programme, die die Klasse unter diesem Namen suchen, finden sie nicht: den Namen ohne FSDP eintragen.</translation>
    </message>
    <message>
        <source>no rule names {0}, which --arch says; the nearest name that one does is {1}</source>
        <translation>keine Regel nennt {0}, das bei --arch steht; der nächste Name, den eine nennt, ist {1}</translation>
    </message>
    <message>
        <source>the index does not name this file: loaders skip what it holds (tensors: {0:n}, {1:B})</source>
        <translation>der Index nennt diese Datei nicht: Programme übergehen, was sie enthält (Tensoren: {0:n}, {1:B})</translation>
    </message>
    <message>
        <source>lies beside {0}, which transformers loads alone; other loaders take all of them</source>
        <translation>liegt neben {0}, das transformers allein lädt; andere Programme nehmen alle</translation>
    </message>
    <message>
        <source>exists already, and no part of the plan is there: finish has run before, or something else made it</source>
        <translation>gibt es schon, und kein Teil des Plans ist da: finish lief schon einmal, oder etwas anderes hat es angelegt</translation>
    </message>
    <message>
        <source>Look at it with `ckptscope check`; to carry the plan out anew, move it away and run `ckptscope apply`.</source>
        <translation>Mit `ckptscope check` ansehen; um den Plan neu auszuführen, es wegräumen und `ckptscope apply` aufrufen.</translation>
    </message>
    <message>
        <source>cannot be written: permission denied</source>
        <translation>lässt sich nicht schreiben: keine Berechtigung</translation>
    </message>
    <message>
        <source>Ask for write permission, or choose another place.</source>
        <translation>Schreibrecht erbitten oder einen anderen Ort wählen.</translation>
    </message>
    <message>
        <source>holds NaN: {0:n} of {1:n} values</source>
        <translation>enthält NaN: {0:n} von {1:n} Werten</translation>
    </message>
    <message>
        <source>holds infinities: {0:n} of {2:n} values, negative: {1:n}</source>
        <translation>enthält Unendlich: {0:n} von {2:n} Werten, negativ: {1:n}</translation>
    </message>
    <message>
        <source>what {0} matches is not cast to {1} where a rule wants another dtype (tensors: {2:n}, such as {3}); a name spelled out overrides</source>
        <translation>was zu {0} passt, wird nicht zu {1}, wo eine Regel einen anderen Typ verlangt (Tensoren: {2:n}, etwa {3}); ein ausgeschriebener Name geht vor</translation>
    </message>
    <message>
        <source>begins with a byte order mark, which was skipped here; transformers does not read such a file</source>
        <translation>beginnt mit einer Byte-Reihenfolge-Markierung, die hier übersprungen wurde; transformers liest eine solche Datei nicht</translation>
    </message>
    <message>
        <source>Save it as UTF-8 without one.</source>
        <translation>Speichern Sie sie als UTF-8 ohne eine solche.</translation>
    </message>
    <message>
        <source>names {0}, which no rule knows; by this name and by its keys it is of the family of {1}, and is judged as that</source>
        <translation>nennt {0}, das keine Regel kennt; nach diesem Namen und nach den Schlüsseln gehört es zur Familie von {1} und wird so beurteilt</translation>
    </message>
    <message>
        <source>is of an adapter for {0}, judged as {1} by this name and by its keys</source>
        <translation>gehört zu einem Adapter für {0}, der nach diesem Namen und nach den Schlüsseln als {1} beurteilt wird</translation>
    </message>
    <message>
        <source>is of an adapter for {0}, whose architecture is not said here; only rules for any architecture were used</source>
        <translation>gehört zu einem Adapter für {0}, dessen Architektur hier nicht gesagt wird; nur Regeln für jede Architektur wurden angewandt</translation>
    </message>
    <message>
        <source>Did you mean {1}?</source>
        <translation>Meinten Sie {1}?</translation>
    </message>
    <message>
        <source>{1} ({2}) stays in violation of {3}: no cast mends what is no float (tensors: {0:n})</source>
        <translation>{1} ({2}) verstößt weiterhin gegen {3}: keine Umwandlung behebt, was keine Gleitkommazahl ist (Tensoren: {0:n})</translation>
    </message>
</context>
<context>
    <name>main</name>
    <message>
        <source>Opens a model checkpoint, says which tensors lost the precision that their model needs, and repairs it.</source>
        <translation>Öffnet einen Modell-Checkpoint, sagt, welche Tensoren die Genauigkeit verloren haben, die ihr Modell braucht, und repariert ihn.</translation>
    </message>
    <message>
        <source>a file, a folder, an index, or several shards of one checkpoint</source>
        <translation>eine Datei, ein Ordner, ein Index oder mehrere Shards eines Checkpoints</translation>
    </message>
    <message>
        <source>--size: &apos;%1&apos; is not a size such as 1280x820</source>
        <translation>--size: „%1“ ist keine Größe wie 1280x820</translation>
    </message>
    <message>
        <source>--view: &apos;%1&apos; is none of %2</source>
        <translation>--view: „%1“ ist nichts von %2</translation>
    </message>
    <message>
        <source>--theme: &apos;%1&apos; is none of %2</source>
        <translation>--theme: „%1“ ist nichts von %2</translation>
    </message>
    <message>
        <source>--demo opens the demo; a PATH cannot be opened with it</source>
        <translation>--demo öffnet die Demo; ein PATH kann nicht dabei stehen</translation>
    </message>
    <message>
        <source>--compare needs two checkpoints</source>
        <translation>--compare braucht zwei Checkpoints</translation>
    </message>
</context>
<context>
    <name>verdict</name>
    <message>
        <source>{0} or {1}</source>
        <translation>{0} oder {1}</translation>
    </message>
    <message>
        <source>{0} is stored as {1}; some loaders keep {2}</source>
        <translation>{0} ist als {1} gespeichert; manche Programme halten {2}</translation>
    </message>
    <message>
        <source>{0} is stored as {1}; {2} is usual</source>
        <translation>{0} ist als {1} gespeichert; üblich ist {2}</translation>
    </message>
    <message>
        <source>{0} is stored as {1}; {2} is required</source>
        <translation>{0} ist als {1} gespeichert; verlangt ist {2}</translation>
    </message>
    <message>
        <source>at byte {0}: </source>
        <translation>bei Byte {0}: </translation>
    </message>
    <message>
        <source>{0} and {1}</source>
        <translation>{0} und {1}</translation>
    </message>
    <message>
        <source>{0} {1} weight</source>
        <translation>{0} {1}-Gewicht</translation>
    </message>
    <message>
        <source>{0} {1} weights</source>
        <translation>{0} {1}-Gewichte</translation>
    </message>
    <message>
        <source>1 other rule</source>
        <translation>1 weitere Regel</translation>
    </message>
    <message>
        <source>{0} other rules</source>
        <translation>{0} weitere Regeln</translation>
    </message>
    <message>
        <source>{0} other</source>
        <translation>{0} weiterer</translation>
    </message>
    <message>
        <source>{0} others</source>
        <translation>{0} weitere</translation>
    </message>
    <message>
        <source>{0} {1} tensor is stored as {2}; this model needs {3}.</source>
        <translation>{0} Tensor {1} ist als {2} gespeichert; dieses Modell braucht {3}.</translation>
    </message>
    <message>
        <source>{0} {1} tensors are stored as {2}; this model needs {3}.</source>
        <translation>{0} Tensoren {1} sind als {2} gespeichert; dieses Modell braucht {3}.</translation>
    </message>
    <message>
        <source>{0} tensors are stored too narrow: {1} are {2}, this model needs {3}.</source>
        <translation>{0} Tensoren sind zu schmal gespeichert: {1} sind {2}, dieses Modell braucht {3}.</translation>
    </message>
    <message>
        <source>{0} tensors are not stored as this model needs them: {1} are {2}, this model needs {3}.</source>
        <translation>{0} Tensoren sind nicht so gespeichert, wie dieses Modell sie braucht: {1} sind {2}, dieses Modell braucht {3}.</translation>
    </message>
    <message>
        <source>{0} of {1} shards cannot be read; {2} of {3} tensors are shown.</source>
        <translation>{0} von {1} Shards lassen sich nicht lesen; {2} von {3} Tensoren werden gezeigt.</translation>
    </message>
    <message>
        <source>{0} of {1} shards cannot be read.</source>
        <translation>{0} von {1} Shards lassen sich nicht lesen.</translation>
    </message>
    <message>
        <source>This checkpoint is damaged.</source>
        <translation>Dieser Checkpoint ist beschädigt.</translation>
    </message>
    <message>
        <source>This checkpoint is damaged: {0}.</source>
        <translation>Dieser Checkpoint ist beschädigt: {0}.</translation>
    </message>
    <message>
        <source>This checkpoint is damaged in {1} places. First: {0}.</source>
        <translation>Dieser Checkpoint ist an {1} Stellen beschädigt. Die erste: {0}.</translation>
    </message>
    <message>
        <source>This file names code to run. It was read as data; nothing was run.</source>
        <translation>Diese Datei nennt Code, der laufen soll. Sie wurde als Daten gelesen; nichts lief.</translation>
    </message>
    <message>
        <source>This file names code to run ({0}). It was read as data; nothing was run.</source>
        <translation>Diese Datei nennt Code, der laufen soll ({0}). Sie wurde als Daten gelesen; nichts lief.</translation>
    </message>
    <message>
        <source>Do not load it with anything that unpickles.</source>
        <translation>Laden Sie sie mit nichts, das Pickles auspackt.</translation>
    </message>
    <message>
        <source>config.json is missing, so rules were chosen by key names.</source>
        <translation>config.json fehlt; die Regeln wurden nach den Schlüsseln gewählt.</translation>
    </message>
    <message>
        <source>config.json is not readable, so rules were chosen by key names.</source>
        <translation>config.json ist nicht lesbar; die Regeln wurden nach den Schlüsseln gewählt.</translation>
    </message>
    <message>
        <source>config.json names no architecture, so rules were chosen by key names.</source>
        <translation>config.json nennt keine Architektur; die Regeln wurden nach den Schlüsseln gewählt.</translation>
    </message>
    <message>
        <source>No file names this checkpoint&apos;s architecture, and no rule covers its keys. Nothing was judged.</source>
        <translation>Keine Datei nennt die Architektur dieses Checkpoints, und keine Regel gilt für seine Schlüssel. Nichts wurde beurteilt.</translation>
    </message>
    <message>
        <source>No rule covers {0}. Nothing was judged.</source>
        <translation>Keine Regel gilt für {0}. Nichts wurde beurteilt.</translation>
    </message>
    <message>
        <source>That is no verdict: nobody has told ckptscope what this model needs.</source>
        <translation>Das ist kein Urteil: Niemand hat ckptscope gesagt, was dieses Modell braucht.</translation>
    </message>
    <message>
        <source>Nothing breaks a rule.</source>
        <translation>Nichts verstößt gegen eine Regel.</translation>
    </message>
    <message>
        <source>{0} is {1} where some loaders keep {2}.</source>
        <translation>{0} ist {1}, wo manche Programme {2} halten.</translation>
    </message>
    <message>
        <source>{0} are {1} where some loaders keep {2}.</source>
        <translation>{0} sind {1}, wo manche Programme {2} halten.</translation>
    </message>
    <message>
        <source>{0} is {1} where some loaders keep another dtype.</source>
        <translation>{0} ist {1}, wo manche Programme einen anderen DType halten.</translation>
    </message>
    <message>
        <source>{0} are {1} where some loaders keep another dtype.</source>
        <translation>{0} sind {1}, wo manche Programme einen anderen DType halten.</translation>
    </message>
    <message>
        <source>Advice: {0}.</source>
        <translation>Rat: {0}.</translation>
    </message>
    <message>
        <source>This checkpoint holds no tensors.</source>
        <translation>Dieser Checkpoint hat keine Tensoren.</translation>
    </message>
    <message>
        <source>The one tensor that rules cover is stored as required.</source>
        <translation>Der eine Tensor, für den Regeln gelten, ist wie verlangt gespeichert.</translation>
    </message>
    <message>
        <source>All {0} tensors that rules cover are stored as required.</source>
        <translation>Alle {0} Tensoren, für die Regeln gelten, sind wie verlangt gespeichert.</translation>
    </message>
    <message>
        <source>{0} rule of profile {1}</source>
        <translation>{0} Regel des Profils {1}</translation>
    </message>
    <message>
        <source>{0} rules of profile {1}</source>
        <translation>{0} Regeln des Profils {1}</translation>
    </message>
    <message>
        <source>{0}; {1} tensor has no rule.</source>
        <translation>{0}; für {1} Tensor gilt keine Regel.</translation>
    </message>
    <message>
        <source>{0}; {1} tensors have no rule.</source>
        <translation>{0}; für {1} Tensoren gilt keine Regel.</translation>
    </message>
    <message>
        <source>An adapter does not name its model&apos;s architecture, so rules were chosen by key names.</source>
        <translation>Ein Adapter nennt die Architektur seines Modells nicht; die Regeln wurden nach den Schlüsseln gewählt.</translation>
    </message>
    <message>
        <source>No file names this checkpoint&apos;s architecture, and no rule covers its keys.</source>
        <translation>Keine Datei nennt die Architektur dieses Checkpoints, und keine Regel gilt für seine Schlüssel.</translation>
    </message>
    <message>
        <source>No rule covers {0}.</source>
        <translation>Keine Regel gilt für {0}.</translation>
    </message>
    <message>
        <source>That is no verdict on its dtypes: nobody has told ckptscope what this model needs.</source>
        <translation>Das ist kein Urteil über seine Datentypen: Niemand hat ckptscope gesagt, was dieses Modell braucht.</translation>
    </message>
</context>
</TS>
