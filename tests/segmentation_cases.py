"""Hard cases of Dutch sentence splitting: our own sentences, split by hand.

A ``|`` stands where a sentence ends and a space follows. The first list was
written before the splitter; the second holds cases met since.
"""

WRITTEN_FIRST = """
Dhr. De Groot belde gisteren.|Hij was boos.
Mevr. Van Loon en prof. dr. ir. Koster spraken de zaal toe.|Daarna was er koffie.
Ir. Zwart tekende de brug.|Ing. Blauw rekende haar door.
Het onderzoek van mr. drs. A.B. de Wit is klaar.|Niemand las het.
Sgt. Pieters gaf het bevel.|Kol. Maas zweeg.
Minister J.P. van der Meer trad af.|Zijn opvolger is M. Dekker.
De brief was getekend door K. L. Smit.|Meer stond er niet op.
Th. Vos en Chr. Bakker wonnen samen.|Ph. de Boer werd derde.
B. De Smedt uit Gent stemde tegen.|De rest stemde voor.
Ds. Hofman preekte over Job.|Pater H. Claes luisterde.
St. Pieter ligt bij Maastricht.|De berg is hol.
De wedstrijd is op 24 febr. 2021 gespeeld.|Op 3 sept. volgt de terugwedstrijd.
Zij werd in dec. geboren.|Haar broer in jan. 1987.
Op ma. 14 okt. is de winkel dicht.|Op di. 15 okt. weer open.
De vergadering van 12 mei jl. duurde lang.|Volgende week is er weer een.
De 3e plaats is voor Sanne.|Op de 1e staat haar zus.
Hij eindigde als 2de.|Zijn vader als 12de.
De rekening kwam op 1.234,56 euro.|Dat viel mee.
Het dorp telt 12.500 inwoners.|In 1990 waren dat er 9.800.
De koers steeg met 3,5 procent tot 41,20.|Analisten hadden op meer gerekend.
Om 10.30 uur gaat de trein.|Om 11.05 uur is hij er.
Het was half tien en 18,5 graden.|'s Ochtends had het gevroren.
Ik slaap slecht.|'s Nachts hoor ik alles.
Kom binnen.|'t Is hier warm.
Ze keek op.|'k Weet het niet, zei ze.
Hij woont in 's-Hertogenbosch.|'s-Gravenhage vond hij te druk.
Wacht even…|Ik kom eraan.
Ik weet het niet… misschien morgen.
Nou ... dat had ik niet gedacht.
Hij aarzelde...|Toen sprong hij.
...en toen was het stil.|Niemand bewoog.
De tekst luidt: de raad [...] besluit tot verkoop.|Meer staat er niet.
De getuige zei dat hij (...) Karel had gezien.|Dat klopte.
Kijk op www.voorbeeld.nl voor meer.|Of mail naar info@voorbeeld.nl.
Het stond op voorbeeld.nl.|De redactie reageerde niet.
Lees https://www.voorbeeld.nl/artikel.html?id=3.|Daar staat alles.
Open het bestand verslag.v2.docx.|Sla het daarna op.
Python 3.11.4 is uit.|Versie 3.12 volgt.
Installeer versie 2.0.|Herstart daarna de computer.
Zet dit in config.yaml en start opnieuw.
Ze zei: "Ik ga weg. Ik kom niet terug. Zoek me niet."|Toen viel de deur dicht.
De burgemeester antwoordde: “Dat is onzin. Wij wisten van niets.”|Meer wilde hij niet kwijt.
Hij schreef: „Het regent hier. Morgen vaart de boot.”|De brief kwam nooit aan.
"Het is klaar.|We gaan naar huis."
"We hebben gewonnen", zei de trainer.|"Maar het was moeilijk."
"Kom je mee?" vroeg hij.|"Nee," zei ze, "ik blijf."
"Stop!" riep de agent.|De jongen rende door.
"Wat nu?", vroeg Eva.|Niemand wist het.
„Wij gaan door”, aldus de directeur.|„Wat er ook gebeurt.”
“Dat kan niet,” zei hij.|“Dat mag niet.”
«Het is mooi», zei de gids.|«Maar duur.»
‚Zeker’, zei oma.|‚Neem er nog een.’
‘Dat is waar.’|Hij knikte.
'Ik heb honger', zei het kind.|'En dorst.'
"Ik heb het gezien."|Dat zei de getuige gisteren.
"Ik heb het gezien." zei de getuige gisteren.
Hij noemde het plan "een ramp".|Zij noemde het "een kans".
Was dat het einde?|Nee!|Het begon pas.
Wat een dag!|Iedereen was moe.
Wie heeft dat gedaan?!|Niemand gaf antwoord.
Het bedrijf Yahoo! is verkocht.|De koper is onbekend.
Hij won (!) de wedstrijd.|Niemand had dat verwacht.
Zij is 34 (?) jaar oud.
Koop appels, peren, enz.|De winkel sluit om zes uur.
Neem pennen, papier e.d. mee.|Er is geen winkel.
Neem pennen, papier e.d.|Er is geen winkel.
Er waren clowns, acrobaten etc.|Kinderen konden gratis naar binnen.
De firma Jansen B.V.|Werkt samen met De Vries B.V. uit Breda.
Zij werkt bij Bakker B.V.|De zaak loopt goed.
De N.V. Philips werd opgericht in Eindhoven.|Later verhuisde het hoofdkantoor.
De tempel dateert uit 300 v.Chr.|De zuilen zijn later.
Keizer Augustus stierf in 14 n.Chr.|Tiberius volgde hem op.
In 52 v. Chr. werd de stad belegerd.|Caesar won.
Dat was omstreeks 200 v. Chr.|Er is weinig van over.
Martin Luther King jr. hield een toespraak.|Iedereen kent hem.
Bush sr. en Bush jr. waren president.
Zie art. 5 van de wet.|Zie ook blz. 12 en p. 14.
Volgens nr. 3 klopt het.|Nr. 4 sprak dat tegen.
Lees hfst. 2 en par. 3.1.|Maak daarna opdr. 4.
De straf is max. 3 jaar.|De boete is min. 100 euro.
Er kwamen ca. 300 mensen.|Vorig jaar waren het er ong. 250.
Bel tel. 020-1234567.|We helpen u graag.
Hij houdt van sport, bijv. Ajax kijken.|Zij niet.
Er spraken o.a. Karin Mol en Jan Prins.|Het duurde uren.
De uitgaven, d.w.z. De Groene en Het Parool, stoppen ermee.
I.p.v. Ajax speelt nu PSV.|Dat is jammer.
M.b.t. de kosten is niets bekend.|De raad beslist morgen.
Zij woont in Alphen a.d. Rijn.|Hij in Krimpen a.d. IJssel.
De president van de V.S.|Komt morgen aan.
Hij vloog naar de V.S. om te werken.|Daar bleef hij.
Zij studeerde in Washington D.C.|Daarna keerde ze terug.
Hij slikt elke dag vitamine C.|Dat helpt volgens hem.
We zitten in groep B.|De eerste wedstrijd is morgen.
Koning Willem II.|Zijn zoon volgde hem op.
Lodewijk XIV bouwde Versailles.|Hij regeerde lang.
1. Inleiding
2. De oorzaken van de brand
3.1. Het onderzoek
IV. Het slot
A. De feiten
Artikel 1. Allen worden gelijk behandeld.|Artikel 2. De wet regelt wie Nederlander is.
De opbrengst was 5 mln.|Dat is weinig.
Er is 3 mld. euro nodig.|Niemand heeft dat geld.
Het is 5 km.|Daarna moet je links.
Ik woog 80 kg.|Nu nog 75.
Het kost 15 euro.|12 mensen betaalden.
De brand brak om drie uur uit.|14 bewoners zijn gered.
In 2019 ging het mis.|2020 werd nog erger.
Dat gebeurde in 1999.|2000 mensen verloren hun baan.
Apple komt met iets nieuws.|iPhone 15 kost meer dan ooit.
Dat lees je overal.|eBay zag de verkoop stijgen.
De deal is rond.|ING en KPN tekenden gisteren.
Hij woont daar (al jaren).|Zij niet.
Hij woont daar al jaren.|(Zij woont elders.)|De buren weten van niets.
Er was ruzie (over geld. Of over liefde?) in het dorp.|Nu is het rustig.
(Zie ook hoofdstuk 4.)|De rest volgt later.
Dat is zo [zie noot 3].|Verder niets.
De stad groeide snel.[1]|Later kwam er een muur.
DE BRUG IS OPEN.|DHR. VISSER KNIPTE HET LINT DOOR.
LET OP!|DEZE DEUR BLIJFT DICHT.
Hij riep: "Kom hier!"|Zij kwam niet.
Zijn motto was "Nooit opgeven!" en dat bleef zo.
Het boek "Wie ben ik?" van Anna Prins verkoopt goed.
De vraag "Waarom?" bleef onbeantwoord.
Ik kom morgen!|Tot dan!
Hij zei dat hij (zoals altijd!) op tijd was.|Dat was niet waar.
- Ga je mee?|- Nee, ik blijf.
Kom je?|– Ja, zo.
Het is goed zo.|De rest komt later.
De zaal was vol.|Er kwamen 300 mensen.
Dat deed Jan.|Piet deed niets.
Ze houdt van Jan.|Hij niet van haar.
De score was 3-2.|Het publiek juichte.
Het werd 6-3, 6-4.|Morgen speelt ze de finale.
Hij is 1.85 m.|Zijn broer is langer.
Alles kost 5,- per stuk.|Zolang de voorraad strekt.
Het water was 4 °C.|Toch zwom ze.
De stand is gelijk. dat is jammer, zei hij.
Zie afb. 3.|Daar staat de kaart.
De comm. van de raad, t.w. De Boer, Smit e.a., stemde voor.
Het boek van Maas e.a.|Het kwam uit in 2004.
Fam. Bos woont hier sinds 1950.|Wed. Kok woont ernaast.
Dat is m.i. Niet goed geschreven, maar wel waar.
Zij is resp. Moeder en dochter van de eigenaar.
Het Kon. Instituut ligt in Amsterdam.|De Ned. Bank ook.
Gebr. Vos en Zn. verkopen fietsen.|Ze openen om negen uur.
Neem de A2 tot afrit 9.|Daar slaat u rechts af.
Zij draait plaat 3.|Hij danst.
De trein van 8.15 uur rijdt niet.|Die van 8.45 uur wel.
Hij verdient € 2.500,-.|Zij verdient € 3.000.
Er staat: 'Verboden toegang. Honden blaffen.'|Toch liep hij door.
Van Dijk tekende.|Van den Berg niet.
Piet, Jan enz. kwamen ook.
Volgens de politie (afd. Utrecht) was het stil.|Dat zei een woordvoerster.
Stuur de brief p/a mevr. Hulst, t.a.v. Dhr. Kuiper.|Doe er een postzegel op.
Bent u 65 jr. of ouder?|Dan reist u gratis.
Dat was vóór 1 jan.|Nu geldt de nieuwe regel.
Dat zei ze op 1 april.|Geen grap.
Ze las 'Max Havelaar'.|Hij las niets.
Ze las 'Waarom niet?'.|Hij las niets.
"Hij zei: 'Kom mee.'|Ik ging niet."
"Ga je mee?"|"Nee."|"Waarom niet?"
Tja.|Wat zal ik zeggen.
Oké.|Doen we!
Hé!|Jij daar!
Er is maar één probleem: het geld is op.|Daarom stoppen we.
Drie dingen: brood; kaas; wijn.|Meer niet.
Het verslag eindigt met de woorden: wij gaan
De muur (1961-1989) viel.|De stad juichte.
Zijn adres is Dorpsstr. 14.|Daar woont hij al jaren.
Bach (BWV 988) en Mozart (KV. 331) klonken.|Daarna was het stil.
Zij kreeg een 8.|Hij kreeg een 6.
Hij werd 3.|Dat was genoeg voor goud.
De heer P.C. Boom en mevrouw D. Roos zijn getrouwd.|Zij wonen in Assen.
C. is de hoofdpersoon.|Hij heet voluit Cornelis.
De verdachte, Mohammed B., zwijgt.|Zijn advocaat ook.
De politie pakte Jan de W. op.|Hij zit vast.
Het slachtoffer is Kees V.|De politie zoekt getuigen.
""".strip().splitlines()

MET_SINCE = """
Hij ging naar de VS.|Zij bleef thuis.
Mijn tante heeft MS.|Ze woont in Zwolle.
Zij werkt bij ING.|Hij zit bij KPN.
Ik ken Alex.|Jij kent hem niet.
DR. VISSER KWAM NIET.|DHR. BOS WEL.
Hij las veel.|« Het boek » was zijn blad.
Hij las veel.|,, Het boek is mooi, zei hij.
Hij las veel.|,,Het boek is mooi'', zei hij.
Ik kom uit de V.S.|Jansen komt uit Gent.
Zij liet het verleden in het past.|Op papier is het klaar.
Ze kocht 1.000 stuks.|500 gingen stuk.
Op 1 januari 2020 begon het.|2021 werd beter.
Om 10.30 u. begint het.|Om 12.00 u. is het klaar.
Mr. A. Pieters en mr. B. Jansen spraken.|Niemand luisterde.
Zie http://www.voorbeeld.nl/a.b?c=d!|Daar staat het.
Hij vroeg: “Kom je? Of blijf je?”|Zij zweeg.
“Kom je?|Of blijf je?” vroeg hij.
Wat?!|Nee...|Echt waar?
Tussen 1990 en 2000.|'s Avonds was het stil.
’s Ochtends regent het.|‘s Middags niet.
De zaak speelt in Den Haag.|’t Hof besliste.
Zij is geb. 3 mei 1920 en overl. 5 juni 2000.|Haar graf is in Assen.
J. de Vries won.|P. van Dam verloor.
""".strip().splitlines()
